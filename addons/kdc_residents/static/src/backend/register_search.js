import { Component, onMounted, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { useSetupAction } from "@web/search/action_hook";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const MIN_CHARACTERS = 3;

/**
 * One box to find people, households and dwellings. Nothing is listed before three characters are typed; arrow keys
 * choose, Enter opens. Going back finds the same list again.
 */
export class RegisterSearch extends Component {
    static template = "kdc_residents.RegisterSearch";
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.input = useRef("input");
        this.keepLast = new KeepLast();
        this.state = useState({ query: "", groups: [], short: true, done: false, chosen: 0, ...this.props.state });
        this.search = useDebounced(() => this.find(), 150);
        useSetupAction({ getLocalState: () => ({ query: this.state.query }) });
        onMounted(() => {
            this.input.el.focus();
            if (this.state.query) {
                this.find();
            }
        });
    }

    get rows() {
        return this.state.groups.flatMap((group) => group.rows.map((row) => ({ ...row, model: group.model })));
    }

    get message() {
        if (this.state.short) {
            return _t("Type at least three characters: a name, a phone number, a whole personal number, an address.");
        }
        return this.state.done && !this.state.groups.length
            ? _t("Nothing was found. Try fewer words, or the address.")
            : "";
    }

    onInput() {
        this.state.done = false;
        this.search();
    }

    async find() {
        const query = this.state.query.trim();
        if (query.length < MIN_CHARACTERS) {
            Object.assign(this.state, { groups: [], short: true, done: true });
            return;
        }
        const found = await this.keepLast.add(this.orm.call("kdc.register.search", "find", [query]));
        Object.assign(this.state, { groups: found.groups, short: found.short, done: true, chosen: 0 });
    }

    number(group, index) {
        let before = 0;
        for (const other of this.state.groups) {
            if (other === group) {
                break;
            }
            before += other.rows.length;
        }
        return before + index;
    }

    onKeydown(event) {
        const last = this.rows.length - 1;
        if (event.key === "ArrowDown") {
            this.state.chosen = Math.min(this.state.chosen + 1, last);
        } else if (event.key === "ArrowUp") {
            this.state.chosen = Math.max(this.state.chosen - 1, 0);
        } else if (event.key === "Enter" && this.state.done && last >= 0) {
            this.open(this.rows[this.state.chosen]);
        } else if (event.key === "Escape") {
            Object.assign(this.state, { query: "", groups: [], short: true });
        } else {
            return;
        }
        event.preventDefault();
    }

    open(row) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: row.model,
            res_id: row.id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("kdc_register_search", RegisterSearch);

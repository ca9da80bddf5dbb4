import { Component, markup, onWillStart, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** Today's work of the reader: jobs to start, counts that open the list they count, figures. */
export class StaffHome extends Component {
    static template = "kdc_residents.StaffHome";
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.menu = useService("menu");
        this.state = useState({ home: null, busy: false });
        onWillStart(() => this.load());
    }

    async load() {
        this.state.home = await this.orm.call("kdc.home", "get_home", []);
    }

    cards(...kinds) {
        return this.state.home.cards.filter((card) => kinds.includes(card.kind));
    }

    /** Open the list behind a card, under the menu of the app it belongs to. */
    async open(card) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        try {
            const action = await this.orm.call("kdc.home", "open_card", [card.key]);
            // As the client does with the answers of buttons: the words of an empty list are HTML of the action.
            action.help = action.help && markup(action.help);
            const menu = this.menu.getAll().find((item) => item.actionID === action.id);
            await this.action.doAction(action, {
                onActionReady: () => menu && this.menu.setCurrentMenu(menu.appID),
            });
        } finally {
            this.state.busy = false;
        }
    }
}

registry.category("actions").add("kdc_residents.home", StaffHome);

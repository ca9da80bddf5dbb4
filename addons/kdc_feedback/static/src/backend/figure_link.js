import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** A figure that opens what it counts: the model answers `action_open_figure(<name of the field>)`. */
export class FigureLink extends Component {
    static template = "kdc_feedback.FigureLink";
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    async open() {
        const { resModel, resId } = this.props.record;
        await this.action.doAction(await this.orm.call(resModel, "action_open_figure", [[resId], this.props.name]));
    }
}

registry.category("fields").add("kdc_figure_link", {
    component: FigureLink,
    displayName: _t("Figure that opens its list"),
    supportedTypes: ["integer", "char"],
});

import { registry } from "@web/core/registry";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { MonetaryField, monetaryField } from "@web/views/fields/monetary/monetary_field";

/** An amount that opens what it is the sum of: the model answers `action_open_amount(<name of the field>)`. */
export class AmountLink extends MonetaryField {
    static template = "kdc_utilities.AmountLink";

    setup() {
        super.setup();
        this.action = useService("action");
        this.orm = useService("orm");
    }

    async open() {
        const { resModel, resId } = this.props.record;
        await this.action.doAction(await this.orm.call(resModel, "action_open_amount", [[resId], this.props.name]));
    }
}

registry.category("fields").add("kdc_amount_link", {
    ...monetaryField,
    component: AmountLink,
    displayName: _t("Amount that opens its list"),
});

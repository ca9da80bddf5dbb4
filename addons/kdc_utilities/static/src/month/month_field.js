import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { DateTimeField, dateField } from "@web/views/fields/datetime/datetime_field";

/** The first day of a month, shown and chosen as the month it stands for: "Month 10/2026". */
export class MonthField extends DateTimeField {
    static defaultProps = { ...DateTimeField.defaultProps, minPrecision: "months" };

    /** @override */
    getFormattedValue(valueIndex) {
        const value = this.values[valueIndex];
        return value ? _t("Month %s", value.toFormat("MM/yyyy")) : "";
    }
}

registry.category("fields").add("kdc_month", {
    ...dateField,
    component: MonthField,
    displayName: _t("Month"),
    listViewWidth: 120,
});

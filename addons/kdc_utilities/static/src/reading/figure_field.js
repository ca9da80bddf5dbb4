import { registry } from "@web/core/registry";
import { FloatField, floatField } from "@web/views/fields/float/float_field";

/** The figure of a meter in the list of the month: empty until it is read, since 0 is a figure too. */
export class FigureField extends FloatField {
    get formattedValue() {
        return this.value || this.props.record.data.entry_done ? super.formattedValue : "";
    }
}

registry.category("fields").add("kdc_figure", { ...floatField, component: FigureField });

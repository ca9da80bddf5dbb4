import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useInputField } from "@web/views/fields/input_field_hook";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** "+84905123456" as people write it: "0905 123 456"; anything else stays as it is. */
export function vietnamesePhone(value) {
    const match = /^\+84(\d{9,10})$/.exec(value || "");
    if (!match) {
        return value || "";
    }
    const digits = `0${match[1]}`;
    return digits.length === 10
        ? `${digits.slice(0, 4)} ${digits.slice(4, 7)} ${digits.slice(7)}`
        : `${digits.slice(0, 4)} ${digits.slice(4, 8)} ${digits.slice(8)}`;
}

/** A telephone number stored in E.164 form, shown and typed in the Vietnamese way; the server normalizes it. */
export class VietnamesePhone extends Component {
    static template = "kdc_residents.VietnamesePhone";
    static props = { ...standardFieldProps, placeholder: { type: String, optional: true } };

    setup() {
        useInputField({ getValue: () => this.formatted });
    }

    get value() {
        return this.props.record.data[this.props.name] || "";
    }

    get formatted() {
        return vietnamesePhone(this.value);
    }

    get href() {
        return `tel:${this.value.replace(/\s+/g, "")}`;
    }
}

registry.category("fields").add("kdc_phone", {
    component: VietnamesePhone,
    displayName: _t("Vietnamese telephone number"),
    supportedTypes: ["char"],
    extractProps: ({ placeholder }) => ({ placeholder }),
});

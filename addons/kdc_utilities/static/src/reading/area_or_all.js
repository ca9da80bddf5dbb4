import { registry } from "@web/core/registry";
import { buildM2OFieldDescription, Many2OneField } from "@web/views/fields/many2one/many2one_field";
import { xml } from "@odoo/owl";

/** A place that may be left empty for the whole ward: the list then says so, instead of showing nothing. */
class AreaOrAllField extends Many2OneField {
    static template = xml`
        <span t-if="props.readonly and !props.record.data[props.name]" class="text-muted" t-out="props.placeholder"/>
        <t t-else="" t-call="web.Many2OneField"/>
    `;
}

registry.category("fields").add("kdc_area_or_all", buildM2OFieldDescription(AreaOrAllField));

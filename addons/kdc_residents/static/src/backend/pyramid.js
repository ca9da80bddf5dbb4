import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const ROW = 20;
const HALF = 240;
const MIDDLE = 60;

/** A population pyramid: men to the left, women to the right, the oldest on top. */
export class PopulationPyramid extends Component {
    static template = "kdc_residents.PopulationPyramid";
    static props = { ...standardFieldProps };

    get rows() {
        const rows = this.props.record.data[this.props.name] || [];
        const most = Math.max(1, ...rows.map((row) => Math.max(row.male, row.female)));
        return rows.map((row, index) => {
            const male = Math.round((row.male / most) * (HALF - 40));
            const female = Math.round((row.female / most) * (HALF - 40));
            return {
                ...row,
                y: index * ROW,
                maleX: HALF - male,
                maleWidth: male,
                femaleX: HALF + MIDDLE,
                femaleWidth: female,
            };
        });
    }

    get size() {
        return { half: HALF, middle: MIDDLE, row: ROW, width: 2 * HALF + MIDDLE, height: this.rows.length * ROW };
    }

    get labels() {
        return { male: _t("Men"), female: _t("Women"), title: _t("Population pyramid by age and sex") };
    }
}

registry.category("fields").add("kdc_pyramid", {
    component: PopulationPyramid,
    displayName: _t("Population pyramid"),
    supportedTypes: ["json"],
});

import { onMounted } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { ListRenderer } from "@web/views/list/list_renderer";
import { listView } from "@web/views/list/list_view";

/** The list of the month's figures: the first one without a figure waits for it, so no mouse is needed. */
export class FigureListRenderer extends ListRenderer {
    setup() {
        super.setup();
        onMounted(() => this.enterFirstFigure());
    }

    enterFirstFigure() {
        const { records } = this.props.list;
        const index = records.findIndex((record) => !record.data.entry_done);
        const rows = this.tableRef.el?.querySelectorAll("tbody .o_data_row");
        rows?.[index]?.querySelector("td[name='entry_value']")?.click();
    }
}

registry.category("views").add("kdc_figures", { ...listView, Renderer: FigureListRenderer });

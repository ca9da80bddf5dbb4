import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

/**
 * Views of what is archived with a reason: the server answers with a dialogue that asks for it, so the client's own
 * "Are you sure?" before it would be a second one.
 */
class ArchiveDialogFormController extends FormController {
    getStaticActionMenuItems() {
        const items = super.getStaticActionMenuItems();
        items.archive.callback = () => this.model.root.archive();
        return items;
    }
}

class ArchiveDialogListController extends ListController {
    getStaticActionMenuItems() {
        const items = super.getStaticActionMenuItems();
        items.archive.callback = () => this.model.root.archive(true);
        return items;
    }
}

registry.category("views").add("kdc_archive_form", { ...formView, Controller: ArchiveDialogFormController });
registry.category("views").add("kdc_archive_list", { ...listView, Controller: ArchiveDialogListController });

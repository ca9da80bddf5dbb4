import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { Many2XAutocomplete } from "@web/views/fields/relational_utils";

/** Odoo's Vietnamese translation gives these words in English, so this addon's own translation is asked for. */
patch(Many2XAutocomplete.prototype, {
    get SearchMoreButtonLabel() {
        return this.props.searchMoreLabel ?? _t("Search more...");
    },
});

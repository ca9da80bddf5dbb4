import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { ViewButton } from "@web/views/view_button/view_button";

/** The answers of a button that asks first say what they do: “Cancel” beside “Ok” may be read as “cancel the bill”. */
patch(ViewButton.prototype, {
    get clickParams() {
        const params = super.clickParams;
        if (!params.confirm || !this.props.string) {
            return params;
        }
        return { "confirm-label": this.props.string, "cancel-label": _t("Go back"), ...params };
    },
});

import { localization } from "@web/core/l10n/localization";
import { registry } from "@web/core/registry";

/**
 * Times of day without seconds, as offices write them: "22/11/2026 16:30".
 *
 * Odoo lets a language choose between two ways of writing times, both with seconds, and shows those in every numeric
 * date and time whatever the option ``show_seconds`` of the field says.
 */
export const shortTimesService = {
    dependencies: ["localization"],
    start() {
        let format = localization.dateTimeFormat;
        // An accessor: the format is set again when newer translations arrive.
        Object.defineProperty(localization, "dateTimeFormat", {
            configurable: true,
            enumerable: true,
            get: () => format.replace(":ss", ""),
            set: (value) => (format = value),
        });
    },
};

registry.category("services").add("kdc_short_times", shortTimesService);

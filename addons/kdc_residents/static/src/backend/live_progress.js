import { Component, onMounted, onWillUnmount } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { ProgressBarField, progressBarField } from "@web/views/fields/progress_bar/progress_bar_field";

/** Time between two looks at work that runs in the background, in milliseconds. */
const INTERVAL = 2000;

/** A progress bar that reloads its record while it is on the screen, and says how long it will take at this pace. */
export class LiveProgress extends Component {
    static template = "kdc_residents.LiveProgress";
    static components = { ProgressBarField };
    static props = ProgressBarField.props;

    setup() {
        this.begun = { time: Date.now(), value: this.value };
        let timer;
        onMounted(() => {
            timer = setInterval(() => this.reload(), INTERVAL);
        });
        onWillUnmount(() => clearInterval(timer));
    }

    get value() {
        return this.props.record.data[this.props.name] || 0;
    }

    /** How long it will still take, in words; nothing before the bar has moved. */
    get left() {
        const moved = this.value - this.begun.value;
        if (moved <= 0 || this.value >= 100) {
            return "";
        }
        const seconds = ((Date.now() - this.begun.time) / 1000 / moved) * (100 - this.value);
        return seconds < 90
            ? _t("About %s seconds left", Math.ceil(seconds))
            : _t("About %s minutes left", Math.round(seconds / 60));
    }

    async reload() {
        const { record } = this.props;
        // The form hides the bar as soon as the work is done.
        if (record.resId && !(await record.isDirty())) {
            await record.load();
        }
    }
}

registry.category("fields").add("kdc_live_progress", { ...progressBarField, component: LiveProgress });

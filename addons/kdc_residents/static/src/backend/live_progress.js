import { Component, onMounted, onWillUnmount } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { ProgressBarField, progressBarField } from "@web/views/fields/progress_bar/progress_bar_field";

/** Time between two looks at work that runs in the background, in milliseconds. */
const INTERVAL = 2000;

/** A progress bar that reloads its record while it is on the screen. */
export class LiveProgress extends Component {
    static template = "kdc_residents.LiveProgress";
    static components = { ProgressBarField };
    static props = ProgressBarField.props;

    setup() {
        let timer;
        onMounted(() => {
            timer = setInterval(() => this.reload(), INTERVAL);
        });
        onWillUnmount(() => clearInterval(timer));
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

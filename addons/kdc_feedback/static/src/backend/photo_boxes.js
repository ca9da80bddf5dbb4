import { Component, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { imageUrl } from "@web/core/utils/urls";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** A rectangle smaller than this, in percent of the photo, is a tap and no drawing. */
const SMALLEST = 1;
/** What the button adds, for those who type figures instead of drawing. */
const NEW_BOX = [40, 40, 60, 60];

const percent = (part, whole) => Math.round(Math.min(Math.max(part / whole, 0), 1) * 1000) / 10;

/**
 * Rectangles drawn over a photo with mouse, pen or finger; each can be typed as figures and taken away again.
 *
 * The value is a list of `[left, top, right, bottom]` in percent of the photo.
 */
export class PhotoBoxes extends Component {
    static template = "kdc_feedback.PhotoBoxes";
    static props = { ...standardFieldProps, photo: String };

    setup() {
        this.ground = useRef("ground");
        this.state = useState({ drawn: null });
        this.opened = Date.now();
    }

    get boxes() {
        return this.props.record.data[this.props.name] || [];
    }

    get shown() {
        return this.state.drawn ? [...this.boxes, this.state.drawn] : this.boxes;
    }

    /** The photo as it is now, not as the browser remembers it from before the last redaction. */
    get url() {
        const photo = this.props.record.data[this.props.photo];
        return photo && imageUrl("kdc.feedback.photo", photo.id, "image", { unique: this.opened });
    }

    get sides() {
        return [_t("Left (%)"), _t("Top (%)"), _t("Right (%)"), _t("Bottom (%)")];
    }

    style([left, top, right, bottom]) {
        return `left: ${left}%; top: ${top}%; width: ${right - left}%; height: ${bottom - top}%`;
    }

    update(boxes) {
        return this.props.record.update({ [this.props.name]: boxes });
    }

    point({ clientX, clientY }) {
        const ground = this.ground.el.getBoundingClientRect();
        return [percent(clientX - ground.left, ground.width), percent(clientY - ground.top, ground.height)];
    }

    begin(event) {
        if (this.props.readonly || event.button) {
            return;
        }
        event.preventDefault();
        this.ground.el.setPointerCapture(event.pointerId);
        this.start = this.point(event);
    }

    move(event) {
        if (this.start) {
            const [x, y] = this.point(event);
            const [startX, startY] = this.start;
            this.state.drawn = [Math.min(x, startX), Math.min(y, startY), Math.max(x, startX), Math.max(y, startY)];
        }
    }

    async end(event) {
        const box = this.state.drawn;
        this.start = this.state.drawn = null;
        const cancelled = event.type === "pointercancel";
        if (box && !cancelled && box[2] - box[0] >= SMALLEST && box[3] - box[1] >= SMALLEST) {
            await this.update([...this.boxes, box]);
        }
    }

    add() {
        return this.update([...this.boxes, NEW_BOX]);
    }

    undo() {
        return this.update(this.boxes.slice(0, -1));
    }

    remove(index) {
        return this.update(this.boxes.filter((_box, other) => other !== index));
    }

    type(index, side, event) {
        const figure = Number(event.target.value);
        return this.update(
            this.boxes.map((box, other) => (other === index ? box.map((old, at) => (at === side ? figure : old)) : box))
        );
    }
}

registry.category("fields").add("kdc_photo_boxes", {
    component: PhotoBoxes,
    displayName: _t("Rectangles on a photo"),
    supportedTypes: ["json"],
    fieldDependencies: ({ options }) => [{ name: options.photo, type: "many2one" }],
    extractProps: ({ options }) => ({ photo: options.photo }),
});

import { Component, onMounted, onWillStart, onWillUnmount, useEffect, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { createMap, loadMap } from "./map_canvas";

const PRECISION = 1e6;
const round = (degrees) => Math.round(degrees * PRECISION) / PRECISION;

/** A position, of a dwelling or of what somebody reports: click where it is, or drag the pin. The figures beside it stay
    editable by keyboard. Whoever may only read it is offered the way there, in the map of the phone. */
export class MapPosition extends Component {
    static template = "kdc_residents.MapPosition";
    static props = { ...standardFieldProps, longitude: String, settings: { type: String, optional: true } };

    setup() {
        this.orm = useService("orm");
        this.ground = useRef("ground");
        this.state = useState({ failed: false });
        onWillStart(async () => {
            try {
                const area = this.props.record.data.area_id;
                this.settings = await loadMap(this.orm, area ? area.id : null, this.props.settings);
            } catch {
                this.state.failed = true;
            }
        });
        onMounted(() => this.draw());
        useEffect(
            () => this.place(),
            () => [...this.position, this.props.readonly]
        );
        onWillUnmount(() => this.map?.remove());
    }

    get position() {
        const data = this.props.record.data;
        return [data[this.props.name] || 0, data[this.props.longitude] || 0];
    }

    get placed() {
        return this.position.every(Boolean);
    }

    /** What the map app of a phone opens (RFC 5870; with `q` Android also puts a pin there). */
    get geo() {
        const point = this.position.join(",");
        return `geo:${point}?q=${point}`;
    }

    draw() {
        if (this.state.failed) {
            return;
        }
        const center = this.placed ? this.position : this.settings.center;
        this.map = createMap(this.ground.el, { ...this.settings, center });
        this.map.on("click", (event) => this.choose(event.latlng));
        this.place();
    }

    /** Put the pin where the record says, or take it away. */
    place() {
        if (!this.map) {
            return;
        }
        this.pin?.remove();
        this.pin = null;
        if (!this.placed) {
            return;
        }
        const icon = window.L.divIcon({ className: "o_kdc_map_pin", iconSize: [28, 36], iconAnchor: [14, 36] });
        this.pin = window.L.marker(this.position, {
            icon,
            draggable: !this.props.readonly,
            title: _t("Position on the map"),
            alt: _t("Position on the map"),
        }).addTo(this.map);
        this.pin.on("dragend", () => this.choose(this.pin.getLatLng()));
        if (!this.map.getBounds().contains(this.position)) {
            this.map.panTo(this.position);
        }
    }

    choose({ lat, lng }) {
        if (!this.props.readonly) {
            this.props.record.update({ [this.props.name]: round(lat), [this.props.longitude]: round(lng) });
        }
    }

    clear() {
        this.props.record.update({ [this.props.name]: 0, [this.props.longitude]: 0 });
    }
}

registry.category("fields").add("kdc_map_position", {
    component: MapPosition,
    displayName: _t("Position on the map"),
    supportedTypes: ["float"],
    fieldDependencies: ({ options }) => [{ name: options.longitude, type: "float" }],
    // `settings`: the model that says what the map needs, for those who may not read dwellings.
    extractProps: ({ options }) => ({ longitude: options.longitude, settings: options.settings }),
});

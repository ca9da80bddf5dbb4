import { Component, onMounted, onWillStart, onWillUnmount, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { createMap, loadMap } from "./map_canvas";

/** All dwellings of an area on a map: full pins are lived in, hollow ones vacant. A click opens the dwelling. */
export class DwellingMap extends Component {
    static template = "kdc_residents.DwellingMap";
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.ground = useRef("ground");
        this.keepLast = new KeepLast();
        const area = this.props.state?.area || this.props.action.context.kdc_area_id || 0;
        this.state = useState({ area, only: "", areas: [], pins: [], missing: 0, more: false });
        useSetupAction({ getLocalState: () => ({ area: this.state.area }) });
        onWillStart(async () => {
            this.settings = await loadMap(this.orm, area || null);
            await this.read();
        });
        onMounted(() => {
            this.map = createMap(this.ground.el, this.settings, 16);
            this.layer = window.L.featureGroup().addTo(this.map);
            this.draw();
        });
        onWillUnmount(() => this.map?.remove());
    }

    get shown() {
        const { only, pins } = this.state;
        return only ? pins.filter((pin) => pin.vacant === (only === "vacant")) : pins;
    }

    get counts() {
        const vacant = this.state.pins.filter((pin) => pin.vacant).length;
        return { vacant, occupied: this.state.pins.length - vacant };
    }

    async read() {
        const args = this.state.area ? [this.state.area] : [];
        const { areas, pins, missing, more } = await this.keepLast.add(this.orm.call("kdc.dwelling", "get_map", args));
        Object.assign(this.state, { areas, pins, missing, more });
    }

    draw() {
        this.layer.clearLayers();
        for (const pin of this.shown) {
            // Text, never markup: addresses are typed by people.
            const name = document.createElement("span");
            name.textContent = pin.vacant ? _t("%s (vacant)", pin.name) : pin.name;
            window.L.circleMarker([pin.lat, pin.lng], {
                radius: 8,
                weight: 3,
                color: pin.vacant ? "#b45309" : "#0c4a52",
                fillColor: pin.vacant ? "#ffffff" : "#2f8f83",
                fillOpacity: 0.9,
                className: pin.vacant ? "o_kdc_pin_vacant" : "o_kdc_pin_occupied",
            })
                .bindTooltip(name)
                .on("click", () => this.open(pin.id))
                .addTo(this.layer);
        }
        const bounds = this.layer.getBounds();
        if (bounds.isValid()) {
            this.map.fitBounds(bounds.pad(0.1), { maxZoom: 18 });
        }
    }

    async onArea(event) {
        this.state.area = Number(event.target.value);
        await this.read();
        this.draw();
    }

    onOnly(event) {
        this.state.only = event.target.value;
        this.draw();
    }

    open(id) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "kdc.dwelling",
            res_id: id,
            views: [[false, "form"]],
        });
    }

    openMissing() {
        const domain = ["|", ["latitude", "=", 0], ["longitude", "=", 0]];
        this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Dwellings without a position"),
            res_model: "kdc.dwelling",
            domain: this.state.area ? ["&", ["area_id", "child_of", this.state.area], ...domain] : domain,
            views: [
                [false, "list"],
                [false, "form"],
            ],
        });
    }
}

registry.category("actions").add("kdc_dwelling_map", DwellingMap);

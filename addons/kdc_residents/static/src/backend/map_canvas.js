import { loadCSS, loadJS } from "@web/core/assets";
import { _t } from "@web/core/l10n/translation";
import { escape } from "@web/core/utils/strings";

/** Load Leaflet from our own server; returns what `kdc.dwelling.get_map_settings` says. */
export async function loadMap(orm, near = null) {
    const settings = await orm.call("kdc.dwelling", "get_map_settings", [], { near });
    await Promise.all([loadJS(settings.js), loadCSS(settings.css)]);
    return settings;
}

/** A map on plain ground with a grid and a scale; on tiles where the ward has named a server of tiles. */
export function createMap(element, settings, zoom = 17) {
    const L = window.L;
    const map = L.map(element, { zoomControl: false, attributionControl: false, minZoom: 5, maxZoom: 20 });
    if (settings.tiles) {
        L.tileLayer(settings.tiles, { maxZoom: 20 }).addTo(map);
    } else {
        const Ground = L.GridLayer.extend({
            createTile() {
                const tile = document.createElement("div");
                tile.className = "o_kdc_map_ground";
                return tile;
            },
        });
        new Ground({ tileSize: 128 }).addTo(map);
    }
    if (settings.tiles && settings.attribution) {
        L.control.attribution({ prefix: false }).addAttribution(escape(settings.attribution)).addTo(map);
    }
    L.control.zoom({ zoomInTitle: _t("Closer"), zoomOutTitle: _t("Farther away") }).addTo(map);
    L.control.scale({ imperial: false }).addTo(map);
    map.setView(settings.center, zoom);
    return map;
}

import { loadCSS, loadJS } from "@web/core/assets";
import { _t } from "@web/core/l10n/translation";
import { escape } from "@web/core/utils/strings";

/** Load Leaflet from our own server; returns what `get_map_settings` of a model says. */
export async function loadMap(orm, near = null, model = "kdc.dwelling") {
    const settings = await orm.call(model, "get_map_settings", [], { near });
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
    Object.entries(settings.names || {}).forEach(([kind, names]) => write(map, kind, names));
    map.setView(settings.center, zoom);
    return map;
}

/** Names on a plain ground, by which people find their way. */
function write(map, kind, names) {
    for (const [name, ...at] of names) {
        // Text, never markup: streets are typed by people.
        const html = Object.assign(document.createElement("span"), { textContent: name });
        const icon = window.L.divIcon({ className: `o_kdc_map_name o_kdc_map_${kind}`, iconSize: [0, 0], html });
        window.L.marker(at, { icon, interactive: false, keyboard: false }).addTo(map);
    }
}

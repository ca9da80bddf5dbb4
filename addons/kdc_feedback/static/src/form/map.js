/** @odoo-module ignore **/
/* The place as a point: where the phone is, or a pin on a map without tiles (Leaflet of our own server, loaded when it is
   asked for). The form holds the point in two fields and the box that leaves it out. */
(() => {
    const form = document.querySelector("form[data-draft=feedback]");
    if (!form) {
        return;
    }
    const { latitude, longitude, no_point: none } = form;
    const part = (name) => form.querySelector(`[data-${name}]`);
    const show = (name, shown) => (part(name).hidden = !shown);
    const PATIENCE = 15000; // milliseconds
    const CLOSE = 17; // zoom: a few houses
    const point = () => (latitude.value && longitude.value && !none.checked ? [latitude.value, longitude.value] : null);

    let map = null;
    let pin = null;

    /** Show what the fields say, also after a draft was found again. */
    function tell() {
        show("point", latitude.value);
        if (!map) {
            return;
        }
        if (pin) {
            pin.remove();
            pin = null;
        }
        if (point()) {
            const icon = window.L.divIcon({ className: "f-pin", iconSize: [28, 36], iconAnchor: [14, 36] });
            const { pin: name } = part("ground").firstElementChild.dataset;
            pin = window.L.marker(point(), { icon, draggable: true, title: name, alt: name }).addTo(map);
            pin.on("dragend", () => choose(pin.getLatLng()));
        }
    }

    function choose({ lat, lng }) {
        latitude.value = lat.toFixed(6);
        longitude.value = lng.toFixed(6);
        none.checked = false;
        // also keeps the draft
        latitude.dispatchEvent(new Event("change", { bubbles: true }));
    }

    // ---- where the phone is -----------------------------------------------------------------------------------
    function locate() {
        show("denied", false);
        show("failed", false);
        show("waiting-gps", true);
        navigator.geolocation.getCurrentPosition(
            ({ coords }) => {
                show("waiting-gps", false);
                choose({ lat: coords.latitude, lng: coords.longitude });
                if (map) {
                    map.setView(point(), CLOSE);
                }
            },
            (error) => {
                show("waiting-gps", false);
                show(error.code === error.PERMISSION_DENIED ? "denied" : "failed", true);
            },
            { enableHighAccuracy: true, timeout: PATIENCE }
        );
    }

    // ---- the map ----------------------------------------------------------------------------------------------
    /** Put a file of the library into the page; settled when it is there. */
    function load(tag, values) {
        return new Promise((resolve, reject) => {
            const node = Object.assign(document.createElement(tag), values, { onload: resolve, onerror: reject });
            document.head.append(node);
        });
    }

    async function open() {
        const button = part("map").querySelector("button");
        button.disabled = true;
        show("no-map", false);
        try {
            const places = await (await fetch(part("map").dataset.map)).json();
            await Promise.all([
                load("link", { rel: "stylesheet", href: places.css }),
                window.L || load("script", { src: places.js }),
            ]);
            show("ground", true);
            draw(places);
            button.hidden = true;
        } catch {
            show("no-map", true);
            button.disabled = false;
        }
    }

    function draw({ bounds, areas, streets, landmarks = [] }) {
        const { L } = window;
        const ground = part("ground").firstElementChild;
        map = L.map(ground, { zoomControl: false, attributionControl: false, minZoom: 10, maxZoom: 19 });
        const Ground = L.GridLayer.extend({
            createTile: () => Object.assign(document.createElement("div"), { className: "f-ground" }),
        });
        new Ground({ tileSize: 128 }).addTo(map);
        L.control.zoom({ zoomInTitle: ground.dataset.closer, zoomOutTitle: ground.dataset.farther }).addTo(map);
        L.control.scale({ imperial: false }).addTo(map);
        const write = (className) => ([name, ...at]) => {
            // Text, never markup: streets are typed by people.
            const html = Object.assign(document.createElement("span"), { textContent: name });
            const icon = L.divIcon({ className, iconSize: [0, 0], html });
            L.marker(at, { icon, interactive: false, keyboard: false }).addTo(map);
        };
        streets.forEach(write("f-street"));
        areas.forEach(write("f-area"));
        landmarks.forEach(write("f-landmark"));
        if (point()) {
            map.setView(point(), CLOSE);
        } else {
            map.fitBounds(bounds, { maxZoom: 16, padding: [60, 40] });
        }
        map.on("click", ({ latlng }) => choose(latlng));
        part("middle").addEventListener("click", () => choose(map.getCenter()));
        tell();
    }

    show("map", true);
    part("map").querySelector("button").addEventListener("click", open);
    if (navigator.geolocation && window.isSecureContext) {
        show("locate", true);
        part("locate").querySelector("button").addEventListener("click", locate);
    }
    for (const field of [latitude, longitude, none]) {
        field.addEventListener("change", tell);
    }
})();

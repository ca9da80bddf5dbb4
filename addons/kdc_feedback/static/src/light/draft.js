/** @odoo-module ignore **/
/* What is not sent yet stays on this phone only: words in localStorage, photos in IndexedDB, each under the key of its
   form. On a shared phone nobody is shown, nor throws away, what somebody else has written. */
window.kdcFeedback = (() => {
    const words = "kdc-feedback-draft";
    const hasPhotos = "kdc-feedback-photos";
    const memory = "kdc-feedback";
    /* milliseconds: a phone whose storage does not answer by then keeps no photos */
    const patience = 4000;
    /* milliseconds: how long the server may take to show that it is there */
    const serverPatience = 10000;
    /* What was sent one after the other is listed in this window, and links that somebody chose to keep on this phone: for
       somebody without a name the link is the only way back. Whoever uses the phone could open them, so each goes after a
       week, when it is taken off, or when its owner signs out. */
    const sentList = "kdc-feedback-sent";
    /* milliseconds */
    const sentFor = 7 * 24 * 3600 * 1000;
    /* milliseconds: what nobody has come back to for so long goes */
    const longest = 30 * 24 * 3600 * 1000;
    const arrived = /(?:^|; )kdc_feedback_arrived=([\w-]+)/;
    let current = "";

    /** One transaction on the photos; gives what the request of the job found. */
    function store(mode, job) {
        return new Promise((resolve, reject) => {
            setTimeout(() => reject(new Error("The storage of photos does not answer")), patience);
            const opening = indexedDB.open(memory, 1);
            opening.onupgradeneeded = () => opening.result.createObjectStore("photos", { autoIncrement: true });
            opening.onerror = () => reject(opening.error);
            opening.onsuccess = () => {
                const database = opening.result;
                const transaction = database.transaction("photos", mode);
                const request = job(transaction.objectStore("photos"));
                transaction.oncomplete = () => {
                    database.close();
                    resolve(request && request.result);
                };
                transaction.onerror = transaction.onabort = () => {
                    database.close();
                    reject(transaction.error);
                };
            };
        });
    }

    /** Whether a photo belongs to a form; those of before have no key and belong to the one there was. */
    const isOf = (row, key) => !row.key || row.key === key;

    /** Call `change` with the place of each photo of a form, then `after`. */
    function eachPhoto(photos, key, change, after) {
        const request = photos.openCursor();
        request.onsuccess = () => {
            const place = request.result;
            if (place) {
                if (isOf(place.value, key)) {
                    change(place);
                }
                place.continue();
            } else if (after) {
                after();
            }
        };
    }

    function parsed(name) {
        try {
            const draft = JSON.parse(localStorage.getItem(name));
            return draft && draft.values && draft.key ? draft : null;
        } catch {
            return null;
        }
    }

    function names() {
        try {
            return Object.keys(localStorage).filter((name) => name === words || name.startsWith(`${words}:`));
        } catch {
            return [];
        }
    }

    /** The drafts on this phone, the oldest first. Each: owner, key of the form, at (when it was begun), used (the server may
        know the key), waiting (for network), tries (how often it was sent since then), values, pressed: what else goes with the button that was pressed, and edited: the
        key of what was changed after the form may have arrived, which is then another feedback. */
    function drafts(owner) {
        const found = names().map(parsed).filter(Boolean);
        return found.filter((draft) => !owner || draft.owner === owner).sort((one, other) => (one.at || 0) - (other.at || 0));
    }

    const find = (key) => drafts().find((draft) => draft.key === key);
    const isUnsent = (draft) => draft.waiting || draft.edited || draft.used;

    function write(draft) {
        try {
            localStorage.setItem(`${words}:${draft.key}`, JSON.stringify(draft));
            // The item of an older version of this page would be found before it.
            if ((parsed(words) || {}).key === draft.key) {
                localStorage.removeItem(words);
            }
        } catch {
            // A browser without storage keeps no draft.
        }
    }

    /** The form on this page: whose photos are kept from now on. */
    function begin(key) {
        current = key;
    }

    /** Keep these photos instead of those before. Rejects when there is no room. */
    async function keepPhotos(files) {
        localStorage.setItem(hasPhotos, "1");
        await store("readwrite", (photos) => {
            const put = (file) => photos.add({ key: current, name: file.name, type: file.type, content: file });
            eachPhoto(photos, current, (place) => place.delete(), () => files.forEach(put));
        });
    }

    async function keptPhotos(key) {
        try {
            const rows = localStorage.getItem(hasPhotos) ? await store("readonly", (photos) => photos.getAll()) : [];
            return rows
                .filter((row) => isOf(row, key))
                .map((row) => new File([row.content], row.name, { type: row.type }));
        } catch {
            return [];
        }
    }

    function forgetWords(key) {
        for (const name of names()) {
            const draft = parsed(name);
            if (!draft || draft.key === key) {
                localStorage.removeItem(name);
            }
        }
    }

    /** Throw a draft away; settled when its photos have gone too. */
    async function forget(key) {
        try {
            forgetWords(key);
            if (!localStorage.getItem(hasPhotos)) {
                return;
            }
            if (names().length) {
                await store("readwrite", (photos) => eachPhoto(photos, key, (place) => place.delete()));
            } else {
                indexedDB.deleteDatabase(memory).onsuccess = () => localStorage.removeItem(hasPhotos);
            }
        } catch (error) {
            // A browser without storage has nothing to forget.
            console.error(error);
        }
    }

    /** What was changed since the form arrived waits under a key of its own, with the photos. */
    function goOnAs(draft, key) {
        forgetWords(draft.key);
        write({ ...draft, key, used: false, waiting: false, pressed: [] });
        if (localStorage.getItem(hasPhotos)) {
            const rename = (place) => place.update({ ...place.value, key });
            store("readwrite", (photos) => eachPhoto(photos, draft.key, rename)).catch(console.error);
        }
    }

    /** The request itself tells: a browser also believes to be offline where only the way to the server is open. */
    async function isReachable() {
        const stop = new AbortController();
        const late = setTimeout(() => stop.abort(), serverPatience);
        try {
            return (await fetch("/web/health", { cache: "no-store", signal: stop.signal })).status < 500;
        } catch {
            return false;
        } finally {
            clearTimeout(late);
        }
    }

    /** The list of what was sent. Each: owner, address and title of its page, and at. */
    function sentIn(place) {
        try {
            return (JSON.parse(window[place].getItem(sentList)) || []).filter((row) => Date.now() - row.at < sentFor);
        } catch {
            return [];
        }
    }

    const places = ["sessionStorage", "localStorage"];
    const sentRows = () => places.flatMap(sentIn);

    function writeSent(place, rows) {
        try {
            if (rows.length) {
                window[place].setItem(sentList, JSON.stringify(rows));
            } else {
                window[place].removeItem(sentList);
            }
        } catch {
            // A browser without storage keeps no list.
        }
    }

    /** List this page in one place only. */
    function keepSent(chosen, owner, name) {
        const url = location.pathname;
        for (const place of places) {
            const others = sentIn(place).filter((row) => row.url !== url);
            writeSent(place, place === chosen ? [...others, { owner, url, name, at: Date.now() }] : others);
        }
    }

    function takeOff(owner) {
        places.forEach((place) => writeSent(place, sentIn(place).filter((row) => row.owner !== owner)));
    }

    /** Go on with the next form that waits. What the server says of the one that has just arrived is kept, with the way to
        its page: for somebody without a name it is the only one. */
    async function goOn(notice, next) {
        if (!(await isReachable())) {
            return;
        }
        const { owner } = notice.dataset;
        const said = document.querySelector(".k-flash-ok:not([data-point])") || document.querySelector("h1");
        keepSent("sessionStorage", owner, said.textContent.trim());
        location.replace(`${notice.querySelector("a").getAttribute("href")}?draft=${encodeURIComponent(next.key)}`);
    }

    /** List what its owner sent before this page, until it is taken off. */
    function listSent(list) {
        const { owner } = list.dataset;
        const rows = sentRows().filter((row) => row.owner === owner && row.url !== location.pathname);
        list.hidden = !rows.length;
        for (const { url, name } of rows) {
            const item = document.createElement("li");
            const link = Object.assign(document.createElement("a"), { className: "k-list-item", href: url, textContent: name });
            item.append(link);
            list.querySelector("ul").append(item);
        }
        list.querySelector("button").addEventListener("click", () => {
            takeOff(owner);
            list.hidden = true;
        });
    }

    /** Offer to keep the link of this page, which nobody finds again who closes it. */
    function offerToKeep(button) {
        const { owner } = document.querySelector("[data-sent]").dataset;
        button.hidden = sentIn("localStorage").some((row) => row.url === location.pathname);
        button.addEventListener("click", () => {
            keepSent("localStorage", owner, button.dataset.keep);
            button.textContent = button.dataset.done;
            button.disabled = true;
        });
    }

    /** The form as it opens without network holds who may send with it. */
    function forgetCopy(name = "my-feedback/new") {
        if (window.caches) {
            window.caches.delete(name);
        }
    }

    // The server says which form arrived; only then its draft has done its work. What was changed since has not arrived,
    // and is not sent by itself because some of it may have been said already.
    const [, key] = arrived.exec(document.cookie) || [];
    const sent = key && find(key);
    let forgotten = null;
    if (key) {
        document.cookie = "kdc_feedback_arrived=; path=/; max-age=0; samesite=strict";
        if (sent && sent.edited) {
            goOnAs(sent, sent.edited);
        } else {
            forgotten = forget(key);
        }
    }
    for (const draft of drafts()) {
        if (Date.now() - (draft.at || Date.now()) > longest) {
            forget(draft.key);
        }
    }
    // The next person on a shared phone is not led to it.
    const notices = [...document.querySelectorAll("[data-unsent]")];
    const mine = (notice) => drafts().filter((draft) => isUnsent(draft) && [notice.dataset.owner, "guest"].includes(draft.owner));
    for (const notice of notices) {
        notice.hidden = !mine(notice).length;
    }
    places.forEach((place) => writeSent(place, sentIn(place)));
    document.querySelectorAll("[data-sent]").forEach(listSent);
    document.querySelectorAll("[data-keep]").forEach(offerToKeep);
    // What waits goes one after the other; a page that asks something has not taken its form, and stays.
    const [notice] = notices;
    const next = sent && forgotten && notice && drafts(notice.dataset.owner).find((draft) => draft.waiting);
    if (next) {
        forgotten.then(() => goOn(notice, next)).catch(console.error);
    }
    // Signing out leaves what waits on the phone, out of sight; whoever does it knows.
    document.querySelectorAll("form[action*=logout]").forEach((out) => {
        out.addEventListener("submit", (event) => {
            const notice = notices.find((one) => mine(one).length);
            if (notice && !window.confirm(notice.dataset.ask)) {
                event.preventDefault();
                return;
            }
            forgetCopy();
            notices.forEach((one) => takeOff(one.dataset.owner));
        });
    });
    // Whoever is signed in opens the own form without network, no longer that of guests.
    if (document.querySelector("form[action*=logout], [data-unsent]:not([data-owner=guest])")) {
        forgetCopy("phan-anh-gui");
    }
    if (document.querySelector(".oe_login_form")) {
        forgetCopy();
    }

    return { drafts, write, forget, begin, keepPhotos, keptPhotos, isReachable };
})();

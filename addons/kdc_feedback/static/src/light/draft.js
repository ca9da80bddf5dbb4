/** @odoo-module ignore **/
/* What is not sent yet stays on this phone only: words in localStorage, photos in IndexedDB. */
window.kdcFeedback = (() => {
    const words = "kdc-feedback-draft";
    const hasPhotos = "kdc-feedback-photos";
    /* milliseconds: a phone whose storage does not answer by then keeps no photos */
    const patience = 4000;
    const arrived = /(?:^|; )kdc_feedback_arrived=([\w-]+)/;

    /** One transaction on the photos; gives what the request of the job found. */
    function store(mode, job) {
        return new Promise((resolve, reject) => {
            setTimeout(() => reject(new Error("The storage of photos does not answer")), patience);
            const opening = indexedDB.open("kdc-feedback", 1);
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

    /** The draft: owner, key of the form, used (the server may know the key), waiting (for network), values, pressed: what
        else goes with the button that was pressed, and edited: the key of what was changed after the form may have arrived,
        which is then another feedback. */
    function read() {
        try {
            const draft = JSON.parse(localStorage.getItem(words));
            return draft && draft.values ? draft : null;
        } catch {
            return null;
        }
    }

    function write(draft) {
        try {
            localStorage.setItem(words, JSON.stringify(draft));
        } catch {
            // A browser without storage keeps no draft.
        }
    }

    /** Keep these photos instead of those before. Rejects when there is no room. */
    async function keepPhotos(files) {
        localStorage.setItem(hasPhotos, "1");
        await store("readwrite", (photos) => {
            photos.clear();
            files.forEach((file) => photos.add({ name: file.name, type: file.type, content: file }));
        });
    }

    async function keptPhotos() {
        try {
            const rows = localStorage.getItem(hasPhotos) ? await store("readonly", (photos) => photos.getAll()) : [];
            return rows.map((row) => new File([row.content], row.name, { type: row.type }));
        } catch {
            return [];
        }
    }

    function forget() {
        try {
            localStorage.removeItem(words);
            if (localStorage.getItem(hasPhotos)) {
                indexedDB.deleteDatabase("kdc-feedback").onsuccess = () => localStorage.removeItem(hasPhotos);
            }
        } catch {
            // A browser without storage has nothing to forget.
        }
    }

    /** The form as it opens without network holds who may send with it. */
    function forgetCopy(name = "my-feedback/new") {
        if (window.caches) {
            window.caches.delete(name);
        }
    }

    // Nothing typed by one person waits for the next one on a shared phone.
    document.querySelectorAll("form[action*=logout]").forEach((out) => {
        out.addEventListener("submit", forget);
        out.addEventListener("submit", () => forgetCopy());
    });
    // Whoever is signed in opens the own form without network, no longer that of guests.
    if (document.querySelector("form[action*=logout], [data-unsent]:not([data-owner=guest])")) {
        forgetCopy("phan-anh-gui");
    }
    if (document.querySelector(".oe_login_form")) {
        forgetCopy();
    }
    // The server says which form arrived; only then its draft has done its work. What was changed since has not arrived: it
    // waits under a key of its own, and is not sent by itself because some of it may have been said already.
    const [, key] = arrived.exec(document.cookie) || [];
    let draft = read();
    if (key) {
        document.cookie = "kdc_feedback_arrived=; path=/; max-age=0; samesite=strict";
    }
    const hasArrived = draft && draft.key === key;
    if (hasArrived && draft.edited) {
        draft = { ...draft, key: draft.edited, used: false, waiting: false, pressed: [] };
        write(draft);
    } else if (!draft || hasArrived) {
        forget();
        draft = null;
    }
    // The next person on a shared phone must not be led to it: their form forgets what is not theirs.
    if (draft && (draft.waiting || draft.edited || draft.used)) {
        for (const notice of document.querySelectorAll("[data-unsent]")) {
            notice.hidden = ![notice.dataset.owner, "guest"].includes(draft.owner);
        }
    }

    return { read, write, forget, keepPhotos, keptPhotos };
})();

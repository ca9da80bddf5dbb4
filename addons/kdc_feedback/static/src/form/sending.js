/** @odoo-module ignore **/
/* The draft of a form: found again after the phone was closed, sent once when there is network, gone when it arrived. The
   form also opens without network, as a copy that cannot be sent itself: what is written into it goes through a form of the
   server, under the key that the phone has made for it. */
(() => {
    const form = document.querySelector("form[data-draft=feedback]");
    if (!form) {
        return;
    }
    const { drafts, write, forget, begin, keptPhotos, photos, isReachable } = window.kdcFeedback;
    const { key, whenOnline, keepPage } = window.kdcPhone;
    const { owner, answered, taken, former, offline: copy } = form.dataset;
    const address = form.getAttribute("action");
    const pageKey = copy ? key() : form.client_key.value;
    const discard = form.querySelector("[data-discard]");
    const part = (name) => document.querySelector(`[data-${name}]`);
    /* what waits is sent by itself so often; then somebody has to look at it */
    const attempts = 3;
    const nobody = "guest";

    // ---- what was typed ---------------------------------------------------------------------------------------
    const kept = () =>
        [...form.elements].filter(
            (field) =>
                field.name &&
                !["file", "submit", "button", "fieldset"].includes(field.type) &&
                (field.type !== "hidden" || ["latitude", "longitude"].includes(field.name)) &&
                field.name !== "remove_photo" &&
                !field.closest(".f-trap")
        );
    const isChoice = (field) => ["radio", "checkbox"].includes(field.type);
    const typed = () =>
        kept()
            .filter((field) => !field.matches(":disabled") && (!isChoice(field) || field.checked))
            .map((field) => [field.name, field.value]);

    const changed = (field) => field.dispatchEvent(new Event("change", { bubbles: true }));

    function fill(values) {
        const fields = kept();
        for (const field of fields) {
            const found = values.filter(([name]) => name === field.name).map(([, value]) => value);
            if (isChoice(field)) {
                field.checked = found.includes(field.value);
            } else if (found.length && (found[0] || !field.value)) {
                field.value = found[0];
            }
        }
        fields.forEach(changed);
    }

    // ---- the draft --------------------------------------------------------------------------------------------
    const fresh = () => ({ used: false, waiting: false, tries: 0, values: [], pressed: [], edited: "", at: Date.now() });
    const draft = { ...fresh(), owner, key: pageKey, used: Boolean(answered) };
    const holds = () => {
        const words = ["description", "location", "contact_name", "contact_phone"];
        return Boolean(answered || (photos && photos.count) || words.some((name) => form[name] && form[name].value));
    };

    function save() {
        draft.values = typed();
        discard.hidden = !holds();
        if (discard.hidden && !draft.used) {
            forget(draft.key);
        } else {
            write(draft);
        }
    }

    /** Whoever changes what the server may have taken already, writes something new, should it have arrived. */
    function edit() {
        if (draft.used) {
            draft.edited = draft.edited || key();
        }
        save();
    }

    /** What somebody has begun without an account, if whoever is signed in says that it is the own: phones are shared. */
    function claimed() {
        const [begun] = drafts(nobody);
        return begun && window.confirm(form.dataset.claim) ? begun : undefined;
    }

    /** The draft that this page goes on with: its own, else what waits to be sent, else what was begun; without network
        what was begun comes first, since nothing can be sent. What a guest has begun goes on under the account of who claims it. */
    function earlier(asked) {
        const own = drafts(owner);
        const known = own.find((one) => one.key === (answered ? pageKey : asked));
        if (known || answered) {
            return known;
        }
        const waits = own.find((one) => one.waiting);
        const begun = own.find((one) => !one.waiting);
        return (copy ? begun || waits : waits || begun) || claimed();
    }

    /**
     * Take up what was kept. A form that the server may know keeps its key, so that it is never stored twice.
     *
     * @returns whether this page goes away for the one that the server makes for that key
     */
    async function restore() {
        if (former) {
            forget(former);
        }
        // The copy for guests cannot know who is signed in: what waits for its owner stays for the owner's form.
        if (copy && owner === nobody) {
            part("foreign").hidden = drafts().every((one) => one.owner === nobody);
        }
        const asked = new URLSearchParams(location.search).get("draft");
        const before = earlier(asked);
        const own = before && before.owner === owner;
        if (own && copy) {
            draft.key = before.key;
        } else if (own && ![pageKey, asked].includes(before.key)) {
            leaveFor(before.key);
            return true;
        }
        begin(draft.key);
        if (before && !answered) {
            fill(before.values);
            draft.used = own && before.used && before.key === draft.key;
            draft.waiting = own && before.waiting;
            draft.tries = (own && before.tries) || 0;
            draft.pressed = (own && before.pressed) || [];
            draft.edited = (own && before.edited) || "";
            draft.at = before.at || draft.at;
        }
        // What the server has taken with the form stands on the page already.
        if (photos && before) {
            await photos.add(() => (taken ? [] : keptPhotos(before.key)));
        }
        if (before && before.key !== draft.key) {
            save();
            forget(before.key);
        }
        part("kept").hidden = !before || Boolean(answered) || draft.waiting || !holds();
        return false;
    }

    /** Go to the form that the server makes for a key: there the draft is found again, and what waits is sent. */
    function leaveFor(draftKey) {
        location.replace(`${address}?draft=${encodeURIComponent(draftKey)}`);
    }

    discard.addEventListener("click", (event) => {
        if (!window.confirm(discard.dataset.sure)) {
            event.preventDefault();
            return;
        }
        forget(draft.key);
        if (!draft.used || copy) {
            // Nothing of it has left the phone, or only photos that the server forgets: no network is needed.
            event.preventDefault();
            clear();
        }
    });

    part("another").addEventListener("click", clear);

    /** Begin another form; without network it has a key of its own, and what waits goes on waiting. */
    function clear() {
        Object.assign(draft, fresh(), copy ? { key: key() } : {});
        begin(draft.key);
        form.reset();
        form.latitude.value = form.longitude.value = "";
        kept().forEach(changed);
        if (photos) {
            photos.set([]);
        }
        part("kept").hidden = part("waiting").hidden = part("another").hidden = true;
        window.scrollTo(0, 0);
    }

    // ---- sending ----------------------------------------------------------------------------------------------
    let checking = false;
    let going = false;

    let pressed = null;
    const tryAgain = () => draft.waiting && form.requestSubmit(pressed);
    const later = whenOnline(tryAgain);

    function wait() {
        draft.waiting = true;
        save();
        part("waiting").hidden = false;
        part("another").hidden = !copy;
        later();
    }

    /** What a button says besides the form: whose matter it is too, or that none of the offered ones is. A page that is
        made anew for the draft does not have it. */
    function sayings(submitter) {
        const named = submitter.name ? [[submitter.name, submitter.value]] : [];
        const shown = ["seen", "petition"].filter((name) => form[name] && form[name].value);
        return named.concat(shown.map((name) => [name, form[name].value]));
    }

    function repeat(values) {
        for (const [name, value] of values) {
            const field = form.querySelector(`input[name=${name}]`) || document.createElement("input");
            Object.assign(field, { type: "hidden", name, value });
            form.append(field);
        }
    }

    form.addEventListener("submit", async (event) => {
        const { submitter } = event;
        if (event.defaultPrevented || going || submitter === discard) {
            return;
        }
        event.preventDefault();
        if (checking) {
            return;
        }
        checking = true;
        if (submitter) {
            pressed = submitter;
            draft.pressed = sayings(submitter);
            draft.tries = 0;
        }
        let reachable = false;
        try {
            if (photos) {
                await photos.ready;
            }
            reachable = await isReachable();
        } finally {
            checking = false;
        }
        if (!reachable) {
            wait();
            return;
        }
        if (copy) {
            draft.waiting = true;
            save();
            leaveFor(draft.key);
            return;
        }
        // What waited goes on waiting until the server has answered: the way to it may break while the photos travel.
        draft.tries += 1;
        Object.assign(draft, { used: true, waiting: draft.waiting && draft.tries < attempts, edited: "" });
        save();
        going = true;
        if (!submitter) {
            repeat(draft.pressed);
        }
        form.requestSubmit(submitter);
    });
    window.addEventListener("pageshow", (event) => {
        going = going && !event.persisted;
    });

    restore().then((leaving) => {
        if (leaving) {
            return;
        }
        for (const kind of ["input", "change", "kdc-photos"]) {
            form.addEventListener(kind, edit);
        }
        if (answered || draft.waiting) {
            save();
        }
        discard.hidden = !holds();
        if (draft.waiting) {
            form.requestSubmit();
        }
    });
    if (!copy && !answered) {
        // Without a service worker (an old phone, no certificate) the form only opens with network, as before.
        keepPage(address, `${address}?copy=1`).then(
            (kept) => kept && (document.documentElement.dataset.feedbackKept = "1"),
            () => {}
        );
    }
})();

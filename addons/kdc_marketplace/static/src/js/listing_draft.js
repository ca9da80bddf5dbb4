/** @odoo-module ignore **/
/* A new listing that was not sent yet stays on this phone: the form is found again after the network or the phone went.
   Words only; photos are chosen again. What the server has taken is named by a cookie, and forgotten here. */
(() => {
    'use strict';

    const place = 'kdc-market-listing';
    const arrived = /(?:^|; )kdc_listing_arrived=(\w+)/;

    /** The draft: owner, key of the form (the server takes each key once), values. */
    function read() {
        try {
            const draft = JSON.parse(localStorage.getItem(place));
            return draft && draft.values ? draft : null;
        } catch {
            return null;
        }
    }

    function keep(draft) {
        try {
            localStorage.setItem(place, JSON.stringify(draft));
        } catch {
            // A browser without storage keeps no draft.
        }
    }

    function forget() {
        try {
            localStorage.removeItem(place);
        } catch {
            // as above
        }
    }

    // Nothing typed by one person waits for the next one on a shared phone.
    document.querySelectorAll('form[action*=logout]').forEach((out) => out.addEventListener('submit', forget));
    const [, taken] = arrived.exec(document.cookie) || [];
    if (taken) {
        document.cookie = 'kdc_listing_arrived=; path=/; max-age=0; samesite=strict';
        const draft = read();
        if (draft && draft.key === taken) {
            forget();
        }
    }

    const form = document.querySelector('form[data-draft=listing]');
    if (!form) {
        return;
    }
    const { owner, answered } = form.dataset;
    const isChoice = (field) => ['radio', 'checkbox'].includes(field.type);
    const fields = () =>
        [...form.elements].filter(
            (field) => field.name && !['file', 'submit', 'button', 'fieldset', 'hidden'].includes(field.type)
        );

    function save() {
        const values = fields()
            .filter((field) => !isChoice(field) || field.checked)
            .map((field) => [field.name, field.value]);
        keep({ owner, key: form.client_key.value, values });
    }

    let draft = read();
    if (draft && draft.owner !== owner) {
        forget();
        draft = null;
    }
    // What the server shows again was typed later than what the phone has kept.
    if (draft && !answered) {
        form.client_key.value = draft.key;
        for (const field of fields()) {
            const found = draft.values.filter(([name]) => name === field.name).map(([, value]) => value);
            if (isChoice(field)) {
                field.checked = found.includes(field.value);
            } else if (found.length) {
                field.value = found[0];
            }
        }
        document.querySelector('[data-kept]').hidden = false;
    }
    form.addEventListener('input', save);
    form.addEventListener('change', save);
    const note = document.querySelector('[data-offline]');
    window.addEventListener('online', () => {
        note.hidden = true;
    });
    form.addEventListener('submit', (event) => {
        save();
        if (navigator.onLine === false) {
            event.preventDefault();
            note.hidden = false;
            note.scrollIntoView({ block: 'center' });
        }
    });
})();

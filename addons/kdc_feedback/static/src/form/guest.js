/** @odoo-module ignore **/
// The form of guests: the telephone does a little work while its owner writes, so that machines cannot send thousands
// (engine/guest.py). Without this script a short wait takes its place.
(() => {
    const challenge = document.querySelector("input[data-work]");
    const form = challenge && challenge.form;
    if (!form) {
        return;
    }

    // Name and telephone are only asked for when the officers may know them.
    const contact = form.querySelector("[data-contact]");
    const toggleContact = () => {
        contact.hidden = form.querySelector("[name=privacy]:checked").value !== "hidden";
    };
    form.querySelectorAll("[name=privacy]").forEach((radio) => radio.addEventListener("change", toggleContact));
    toggleContact();

    const BITS = 13;
    async function solve() {
        const encoder = new TextEncoder();
        for (let work = 0; ; work++) {
            const hash = await crypto.subtle.digest("SHA-256", encoder.encode(`${challenge.value}:${work}`));
            if (new DataView(hash).getUint32(0) >>> (32 - BITS) === 0) {
                form.work.value = String(work);
                return;
            }
        }
    }
    if (form.work.value || !window.isSecureContext || !window.crypto || !crypto.subtle) {
        return;
    }
    /* milliseconds: the server takes no form younger than three seconds, also when a kept draft sends itself */
    const least = 3500;
    const old = new Promise((done) => setTimeout(done, least));
    let isReady = false;
    let solving = null;
    const begin = () => {
        solving =
            solving ||
            Promise.all([solve(), old]).then(() => {
                isReady = true;
            });
    };
    form.addEventListener("input", begin);
    form.addEventListener("change", begin);
    form.addEventListener("submit", (event) => {
        if (!isReady) {
            event.preventDefault();
            begin();
            solving.then(() => form.requestSubmit(event.submitter));
        }
    });
})();

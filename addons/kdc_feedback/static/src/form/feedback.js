/** @odoo-module ignore **/
// Makes the form of a feedback nicer; every flow works without it.
(() => {
    const form = document.querySelector("form[data-draft=feedback]");
    if (!form) {
        return;
    }

    // The place in words is not needed for one's own home.
    const other = form.querySelector("[data-other-place]");
    const togglePlace = () => {
        const chosen = form.querySelector("[name=place]:checked");
        other.hidden = Boolean(chosen && chosen.value === "home");
    };
    form.querySelectorAll("[name=place]").forEach((radio) => radio.addEventListener("change", togglePlace));

    // The questions and the warning of the chosen subject; an emergency shows the number to call at once.
    const category = form.category_id;
    const stop = form.querySelector("[data-stop]");
    const showAbout = () => {
        for (const part of form.querySelectorAll("[data-about]")) {
            part.hidden = part.disabled = part.dataset.about !== category.value;
        }
        const { phone } = category.selectedOptions[0].dataset;
        const call = stop.querySelector("[data-call]");
        stop.hidden = !phone;
        call.textContent = phone || "";
        call.href = `tel:${phone || ""}`;
    };
    category.addEventListener("change", showAbout);

    togglePlace();
    showAbout();
})();

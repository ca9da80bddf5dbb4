/** @odoo-module ignore **/
// Makes the form of a feedback nicer; every flow works without it.
(() => {
    const form = document.querySelector("form[data-draft=feedback]");
    const shrinkAbove = 400 * 1024;
    const maxSide = 1600;

    // Photos leave the phone small: a weak network sends 300 kB, not 6 MB. The server checks them anyway.
    async function shrink(file) {
        if (file.size < shrinkAbove || !/^image\/(jpeg|png|webp)$/.test(file.type) || !window.createImageBitmap) {
            return file;
        }
        try {
            const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
            const scale = Math.min(1, maxSide / Math.max(bitmap.width, bitmap.height));
            const canvas = document.createElement("canvas");
            canvas.width = Math.round(bitmap.width * scale);
            canvas.height = Math.round(bitmap.height * scale);
            canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
            const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.82));
            return blob && blob.size < file.size ? new File([blob], file.name, { type: "image/jpeg" }) : file;
        } catch {
            return file;
        }
    }

    function showPreview() {
        const box = form && form.querySelector("[data-preview]");
        if (!box) {
            return;
        }
        box.textContent = "";
        for (const input of form.querySelectorAll("[data-photos]")) {
            for (const file of input.files) {
                const image = document.createElement("img");
                image.className = "k-photo";
                image.alt = file.name;
                image.src = URL.createObjectURL(file);
                image.onload = () => URL.revokeObjectURL(image.src);
                box.append(image);
            }
        }
        box.hidden = !box.childElementCount;
    }

    for (const input of form ? form.querySelectorAll("[data-photos]") : []) {
        const label = form.querySelector(`label[for=${input.id}]`);
        label.className = "k-btn k-btn-secondary k-btn-block";
        input.parentElement.classList.add("f-nice");
    }
    for (const input of document.querySelectorAll("[data-photos]")) {
        input.addEventListener("change", async () => {
            const files = await Promise.all([...input.files].map(shrink));
            if (window.DataTransfer) {
                const transfer = new DataTransfer();
                files.forEach((file) => transfer.items.add(file));
                input.files = transfer.files;
            }
            showPreview();
        });
    }

    const key = "kdc-feedback-draft";
    const names = ["location", "area_id", "category_id", "description"];
    const forget = () => {
        try {
            localStorage.removeItem(key);
        } catch {
            // A browser without storage keeps no draft.
        }
    };
    // Nothing typed by one person waits for the next one on a shared phone.
    document.querySelectorAll("form[action*=logout]").forEach((out) => out.addEventListener("submit", forget));
    if (!form) {
        // The page of a feedback that was just sent: only now the draft has done its work.
        if (/\/feedback\/(\d+|follow)/.test(location.pathname)) {
            forget();
        }
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

    const locate = form.querySelector("[data-locate]");
    if (locate && navigator.geolocation && window.isSecureContext) {
        locate.hidden = false;
        locate.querySelector("button").addEventListener("click", () => {
            navigator.geolocation.getCurrentPosition(
                ({ coords }) => {
                    form.latitude.value = coords.latitude.toFixed(6);
                    form.longitude.value = coords.longitude.toFixed(6);
                    locate.querySelector("[data-done]").hidden = false;
                    locate.querySelector("[data-failed]").hidden = true;
                },
                () => {
                    locate.querySelector("[data-failed]").hidden = false;
                },
                { enableHighAccuracy: true, timeout: 15000 }
            );
        });
    }

    // What is typed survives a lost network or a closed tab, on this phone only.
    const fresh = !document.querySelector(".k-error, .f-stop");
    try {
        const kept = JSON.parse(localStorage.getItem(key) || "{}");
        for (const name of names) {
            if (fresh && kept[name] && !form[name].value) {
                form[name].value = kept[name];
            }
        }
        form.addEventListener("input", () => {
            localStorage.setItem(key, JSON.stringify(Object.fromEntries(names.map((name) => [name, form[name].value]))));
        });
    } catch {
        // A browser without storage simply keeps no draft.
    }
    togglePlace();
    showAbout();
})();

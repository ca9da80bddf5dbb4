/** @odoo-module ignore **/
/* Photos of the residents leave the phone small: a weak network sends 300 kB, not 6 MB. The server checks them anyway. */
(() => {
    const shrinkAbove = 400 * 1024;
    const maxSide = 1600;

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

    function put(input, files) {
        const transfer = new DataTransfer();
        files.forEach((file) => transfer.items.add(file));
        input.files = transfer.files;
    }

    /** The browser's own file button gives way to one in the language of the page. */
    function dress(input) {
        input.form.querySelector(`label[for=${input.id}]`).className = "k-btn k-btn-secondary k-btn-block";
        input.parentElement.classList.add("f-nice");
    }

    function picture(file, alt) {
        const image = document.createElement("img");
        image.className = "k-photo";
        image.alt = alt;
        image.src = URL.createObjectURL(file);
        image.onload = () => URL.revokeObjectURL(image.src);
        return image;
    }

    const form = document.querySelector("form[data-draft=feedback]");
    const inputs = [...document.querySelectorAll("[data-photos]")].filter(() => window.DataTransfer);
    inputs.forEach(dress);
    if (!form || !inputs.length) {
        for (const input of inputs) {
            const chosen = document.createElement("div");
            chosen.className = "f-preview k-grid-2";
            input.after(chosen);
            input.addEventListener("change", async () => {
                put(input, await Promise.all([...input.files].map(shrink)));
                chosen.replaceChildren(...[...input.files].map((file) => picture(file, file.name)));
            });
        }
        return;
    }

    // One list for both buttons: what the camera takes comes beside what was chosen.
    const box = form.querySelector("[data-preview]");
    const target = form.querySelector("#photo_choose");
    const show = (name, shown) => (form.querySelector(`[data-${name}]`).hidden = !shown);
    let files = [];

    function showPreview() {
        box.textContent = "";
        for (const file of files) {
            const item = document.createElement("div");
            const remove = document.createElement("button");
            remove.type = "button";
            remove.className = "k-btn k-btn-secondary k-btn-block";
            remove.textContent = box.dataset.remove;
            remove.addEventListener("click", () => set(files.filter((other) => other !== file)));
            item.append(picture(file, box.dataset.alt), remove);
            box.append(item);
        }
        box.hidden = !files.length;
        show("keeps", files.length);
    }

    /** Send these photos with the form and keep them meanwhile. */
    async function set(chosen) {
        files = chosen.slice(0, Number(box.dataset.room));
        show("too-many", files.length < chosen.length);
        put(target, files);
        showPreview();
        form.dispatchEvent(new CustomEvent("kdc-photos"));
        try {
            await window.kdcFeedback.keepPhotos(files);
        } catch {
            show("no-room", files.length);
        }
    }

    /** Put more photos beside those there are, one find after the other; one that fails stops none after it. */
    function add(find) {
        photos.ready = photos.ready
            .then(async () => {
                const more = await find();
                await set([...files, ...more]);
            })
            .catch(console.error);
        return photos.ready;
    }

    const photos = {
        set,
        add,
        get count() {
            return files.length;
        },
        /** Settled when nothing is being made smaller or fetched from the storage any more. Never fails. */
        ready: Promise.resolve(),
    };
    window.kdcFeedback.photos = photos;

    for (const input of inputs) {
        input.addEventListener("change", () => {
            const chosen = [...input.files];
            put(input, input === target ? files : []);
            add(() => Promise.all(chosen.map(shrink)));
        });
    }
})();

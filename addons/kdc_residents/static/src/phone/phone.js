/** @odoo-module ignore **/
/* What the pages share that work on a phone without network: memory, the way to the server, and staying open; how what
   waits there is sent stands in queue.js.
   Nothing is ever put into such a page as HTML. */
window.kdcPhone = (function () {
    'use strict';

    /* pixels */
    const PHOTO_SIDE = 1280;

    /** Open a memory of the phone; returns work(names, mode, job): one transaction, giving what the request found. */
    function memory(name, upgrade) {
        const opened = new Promise((resolve, reject) => {
            const request = indexedDB.open(name, 1);
            request.onupgradeneeded = () => upgrade(request.result);
            request.onsuccess = () => resolve(request.result);
            request.onerror = () => reject(request.error);
        });
        return async (names, mode, job) => {
            const transaction = (await opened).transaction(names, mode);
            const request = job(...[].concat(names).map((store) => transaction.objectStore(store)));
            return new Promise((resolve, reject) => {
                transaction.oncomplete = () => resolve(request && request.result);
                transaction.onerror = transaction.onabort = () => reject(transaction.error);
            });
        };
    }

    /** Ask the server; an error says in `refused` that it has answered, and in `signedOut` that nobody is signed in. */
    async function call(path, params) {
        const response = await fetch(path, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'call', params: params }),
        });
        const answer = await response.json();
        if (answer.error) {
            const data = answer.error.data || {};
            const error = new Error(data.message || answer.error.message);
            error.refused = true;
            error.signedOut = answer.error.code === 100 || /SessionExpired/.test(data.name || '');
            throw error;
        }
        return answer.result;
    }

    function element(tag, className, text) {
        const node = document.createElement(tag);
        if (className) {
            node.className = className;
        }
        if (text !== undefined) {
            node.textContent = text;
        }
        return node;
    }

    function fold(text) {
        return text.normalize('NFD').replace(/[\u0300-\u036f]/g, '').replace(/[đĐ]/g, 'd').toLowerCase();
    }

    /** A key that nothing else has; the server takes each key once. */
    function key() {
        const bytes = crypto.getRandomValues(new Uint8Array(16));
        return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    }

    /** A photo of the camera as base64 of a JPEG small enough to wait on the phone and to travel over a weak network. */
    async function shrink(file) {
        const bitmap = await createImageBitmap(file);
        const scale = Math.min(1, PHOTO_SIDE / Math.max(bitmap.width, bitmap.height));
        const canvas = element('canvas');
        canvas.width = Math.round(bitmap.width * scale);
        canvas.height = Math.round(bitmap.height * scale);
        canvas.getContext('2d').drawImage(bitmap, 0, 0, canvas.width, canvas.height);
        return canvas.toDataURL('image/jpeg', 0.75).split(',')[1];
    }

    /** Keep a page and its files for the time without network; later visits refresh them through its worker.
        @param copy address of what is kept instead of a page that is not the same for every visit: `<page>?copy=1` */
    async function keepPage(page, copy) {
        if (!('serviceWorker' in navigator)) {
            return false;
        }
        await navigator.serviceWorker.register(page + (copy ? '/sw.js?copy=1' : '/sw.js'), { scope: page });
        const files = Array.from(document.querySelectorAll('link[rel=stylesheet], link[rel=icon], script[src]'));
        const cache = await caches.open(page.slice(1).replace('/', '-'));
        await cache.addAll([copy || page].concat(files.map((file) => file.href || file.src)));
        return true;
    }

    return { memory, call, element, fold, key, shrink, keepPage };
})();

/** @odoo-module ignore **/
/* On the sign-in page: forget what the field round keeps on this phone (names, addresses, figures of the neighbours).
   Readings that were not sent yet are somebody's work: they stay, with the meters they are about, and the page says so. */
(function () {
    'use strict';

    const notice = document.getElementById('round_unsent');
    if (!notice || !window.indexedDB) {
        return;
    }

    /** Work on both tables in one transaction, so that no reading saved meanwhile is missed. */
    function forget(database) {
        if (!database.objectStoreNames.contains('queue')) {
            database.close();
            return;
        }
        const transaction = database.transaction(['list', 'queue'], 'readwrite');
        const lists = transaction.objectStore('list');
        const items = transaction.objectStore('queue').getAll();
        let unsent = 0;
        items.onsuccess = () => {
            unsent = items.result.length;
            const wanted = new Set(items.result.map((item) => item.meter));
            const cursor = lists.openCursor();
            cursor.onsuccess = () => {
                const row = cursor.result;
                if (!row) {
                    return;
                }
                const meters = row.value.meters.filter((meter) => wanted.has(meter.id));
                if (meters.length) {
                    row.update(Object.assign(row.value, { meters: meters }));
                } else {
                    row.delete();
                }
                row.continue();
            };
        };
        transaction.oncomplete = () => {
            database.close();
            if (unsent) {
                notice.querySelector('[data-count]').textContent = unsent;
                notice.hidden = false;
            } else if (window.caches) {
                window.caches.delete('kdc-round');
            }
            document.documentElement.dataset.roundForgotten = '1';
        };
    }

    const request = window.indexedDB.open('kdc-round', 1);
    // Nobody reads meters on this device: leave no empty memory behind.
    request.onupgradeneeded = () => request.transaction.abort();
    request.onsuccess = () => forget(request.result);
    request.onerror = (event) => event.preventDefault();
})();

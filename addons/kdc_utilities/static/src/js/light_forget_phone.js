/** @odoo-module ignore **/
/* On the sign-in page: forget what the pages for the way keep on this phone (names, addresses, figures of the
   neighbours). Readings and payments that were not sent yet are somebody's work and money: they stay, and the page says
   so. */
(function () {
    'use strict';

    /** Forget meters, except those of readings that were not sent; the list is about the meters. */
    function forgetMeters(lists, unsent) {
        const wanted = new Set(unsent.map((item) => item.meter));
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
    }

    /** Forget all accounts: a payment holds what its receipt says. */
    function forgetAccounts(lists) {
        lists.clear();
    }

    /** Work on both tables in one transaction, so that nothing entered meanwhile is missed. */
    function forget(database, name, notice, forgetList) {
        if (!database.objectStoreNames.contains('queue')) {
            database.close();
            return;
        }
        const transaction = database.transaction(['list', 'queue'], 'readwrite');
        const queue = transaction.objectStore('queue');
        const items = queue.getAll();
        let unsent = [];
        items.onsuccess = () => {
            unsent = items.result.filter((item) => item.state !== 'done');
            items.result.filter((item) => item.state === 'done').forEach((item) => queue.delete(item.key));
            forgetList(transaction.objectStore('list'), unsent);
        };
        transaction.oncomplete = () => {
            database.close();
            if (unsent.length) {
                notice.querySelector('[data-count]').textContent = unsent.length;
                notice.hidden = false;
            } else if (window.caches) {
                window.caches.delete(name);
            }
            document.documentElement.dataset[notice.id.replace('_unsent', 'Forgotten')] = '1';
        };
    }

    function begin(name, noticeId, forgetList) {
        const notice = document.getElementById(noticeId);
        if (!notice || !window.indexedDB) {
            return;
        }
        const request = window.indexedDB.open(name, 1);
        // Nobody works with it on this device: leave no empty memory behind.
        request.onupgradeneeded = () => request.transaction.abort();
        request.onsuccess = () => forget(request.result, name, notice, forgetList);
        request.onerror = (event) => event.preventDefault();
    }

    begin('kdc-round', 'round_unsent', forgetMeters);
    begin('kdc-doors', 'doors_unsent', forgetAccounts);
})();

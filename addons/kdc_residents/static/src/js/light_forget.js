/** @odoo-module ignore **/
/* On the sign-in page: what the pages for the way keep on this phone (names, addresses, figures) goes. What was not sent
   yet is somebody's work: it stays, and the page says so. Each such page tells of itself with `kdcForget`. */
(function () {
    'use strict';

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

    /** Forget what a page keeps; nothing unless the sign-in page has the notice of that page.
        @param name of its memory and of its cache
        @param noticeId id of the notice that says how much was not sent
        @param forgetList what becomes of the list, given the table and what was not sent */
    window.kdcForget = function (name, noticeId, forgetList) {
        const notice = document.getElementById(noticeId);
        if (!notice || !window.indexedDB) {
            return;
        }
        const request = window.indexedDB.open(name, 1);
        // Nobody works with it on this device: leave no empty memory behind.
        request.onupgradeneeded = () => request.transaction.abort();
        request.onsuccess = () => forget(request.result, name, notice, forgetList);
        request.onerror = (event) => event.preventDefault();
    };
})();

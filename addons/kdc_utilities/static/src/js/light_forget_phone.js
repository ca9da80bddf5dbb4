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

    window.kdcForget('kdc-round', 'round_unsent', forgetMeters);
    // A payment holds what its receipt says: all accounts go.
    window.kdcForget('kdc-doors', 'doors_unsent', (lists) => lists.clear());
})();

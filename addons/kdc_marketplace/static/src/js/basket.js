/** @odoo-module ignore **/
/* Comfort only: the total follows quantity and delivery at once. The server computes it again and has the last word. */
(function () {
    'use strict';

    var form = document.querySelector('form[data-market-basket]');
    if (!form) {
        return;
    }
    function total() {
        var sum = 0;
        form.querySelectorAll('[data-market-shop]').forEach(function (shop) {
            var goods = 0;
            shop.querySelectorAll('[data-price]').forEach(function (input) {
                goods += Number(input.dataset.price) * Math.max(parseInt(input.value, 10) || 0, 0);
            });
            var offer = shop.querySelector('[data-fee]:checked');
            var freeFrom = offer ? Number(offer.dataset.freeFrom) : 0;
            sum += goods + (offer && goods && !(freeFrom && goods >= freeFrom) ? Number(offer.dataset.fee) : 0);
        });
        return sum;
    }
    form.addEventListener('change', function () {
        var sum = total();
        form.elements.seen_total.value = String(sum);
        form.querySelector('[data-market-total]').textContent =
            String(sum).replace(/\B(?=(\d{3})+$)/g, '.') + '\u00a0₫';
    });
})();

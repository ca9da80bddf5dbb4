/** @odoo-module ignore **/
/* Comfort only: <button type="button" hidden data-copy="text" data-done="Copied"> copies an account number or a link. */
(function () {
    'use strict';
    if (!navigator.clipboard) {
        return;
    }
    document.querySelectorAll('[data-copy]').forEach(function (button) {
        var label = button.textContent;
        button.hidden = false;
        button.addEventListener('click', function () {
            navigator.clipboard.writeText(button.dataset.copy).then(function () {
                button.textContent = button.dataset.done;
                setTimeout(function () { button.textContent = label; }, 2500);
            });
        });
    });
})();

/** @odoo-module ignore **/
/* Comfort only: every page works without this file. */
(function () {
    'use strict';

    // A slow network makes people tap twice: the second tap is ignored and the button says that work is going on.
    document.addEventListener('submit', function (event) {
        var form = event.target;
        if (event.defaultPrevented || form.method !== 'post') {
            return;
        }
        if (form.dataset.sent) {
            event.preventDefault();
            return;
        }
        form.dataset.sent = '1';
        var button = event.submitter || form.querySelector('[type=submit]');
        if (button) {
            button.setAttribute('aria-disabled', 'true');
            if (button.dataset.busy) {
                button.textContent = button.dataset.busy;
            }
        }
    });
    // Coming back with the browser's back button must find a working form again.
    window.addEventListener('pageshow', function (event) {
        if (event.persisted) {
            document.querySelectorAll('form[data-sent]').forEach(function (form) {
                delete form.dataset.sent;
            });
        }
    });

    // Show what is typed in a password field: <button type="button" hidden data-reveal="id" data-hide="…">
    document.querySelectorAll('[data-reveal]').forEach(function (button) {
        var show = button.textContent;
        button.hidden = false;
        button.addEventListener('click', function () {
            var input = document.getElementById(button.dataset.reveal);
            var hidden = input.type === 'password';
            input.type = hidden ? 'text' : 'password';
            button.textContent = hidden ? button.dataset.hide : show;
            button.setAttribute('aria-pressed', String(hidden));
        });
    });

    // Groups of four while an activation code is typed: <input data-group="4">
    document.querySelectorAll('[data-group]').forEach(function (input) {
        var size = Number(input.dataset.group);
        input.addEventListener('input', function () {
            if (input.selectionStart !== input.value.length) {
                return;
            }
            var groups = input.value.replace(/\D/g, '').match(new RegExp('\\d{1,' + size + '}', 'g'));
            input.value = groups ? groups.join(' ') : '';
        });
    });

    // Small previews of the photos just taken: <input type="file" data-preview="id">
    document.querySelectorAll('input[type=file][data-preview]').forEach(function (input) {
        input.addEventListener('change', function () {
            var target = document.getElementById(input.dataset.preview);
            target.textContent = '';
            Array.prototype.forEach.call(input.files, function (file) {
                var image = new Image();
                image.className = 'k-photo';
                image.alt = file.name;
                image.src = URL.createObjectURL(file);
                image.onload = function () { URL.revokeObjectURL(image.src); };
                target.appendChild(image);
            });
        });
    });
})();

/** @odoo-module ignore **/
/* Comfort only: an open page shows by itself that money has arrived. <p role="status" data-live="url" data-stamp="…">;
   the url answers {"stamp": …, "news": what to say when the stamp is another one}. Asked often at first, then more and more seldom, never while
   the page is out of sight, and no longer than an hour. */
(function () {
    'use strict';
    var started = Date.now();
    var sign = document.querySelector('[data-live]');
    if (!sign || !window.fetch || !window.DOMParser) {
        return;
    }
    function pause() {
        var minutes = (Date.now() - started) / 60000;
        return minutes < 2 ? 5000 : minutes < 10 ? 15000 : 60000;
    }
    function later() {
        if (Date.now() - started < 3600000) {
            setTimeout(ask, pause());
        }
    }
    function ask() {
        if (document.hidden) {
            document.addEventListener('visibilitychange', ask, {once: true});
            return;
        }
        fetch(sign.dataset.live, {credentials: 'same-origin'}).then(function (answer) {
            return answer.ok ? answer.json() : null;
        }).then(function (said) {
            if (said && said.stamp !== sign.dataset.stamp) {
                return show(said.news);
            }
            later();
        }).catch(later);
    }
    // The page as it is now takes the place of what is shown; what was typed elsewhere and the scroll position stay.
    function show(news) {
        return fetch(location.href, {credentials: 'same-origin'}).then(function (answer) {
            return answer.ok ? answer.text() : null;
        }).then(function (html) {
            var fresh = html && new DOMParser().parseFromString(html, 'text/html').getElementById('main');
            if (!fresh) {
                return later();
            }
            var main = document.getElementById('main');
            main.replaceChildren.apply(main, Array.from(fresh.childNodes));
            var word = document.createElement('p');
            word.className = 'k-flash k-flash-ok';
            word.setAttribute('role', 'status');
            main.prepend(word);
            word.textContent = news;
            sign = main.querySelector('[data-live]');
            if (sign) {
                later();
            }
        });
    }
    later();
})();

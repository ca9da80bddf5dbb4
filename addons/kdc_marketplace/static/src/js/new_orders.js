/** @odoo-module ignore **/
/* Comfort only: an open page of a shop asks twice a minute for new orders, shows them in its title and rings once. */
(function () {
    'use strict';

    var place = document.querySelector('[data-market-watch]');
    if (!place || !window.fetch) {
        return;
    }
    var known = Number(place.dataset.marketWatch);
    var title = document.title;

    var audio;

    function ring() {
        try {
            // One for the page: browsers allow few, and a shop's page stays open all day
            audio = audio || new (window.AudioContext || window.webkitAudioContext)();
            audio.resume();
            var tone = audio.createOscillator();
            var volume = audio.createGain();
            volume.gain.value = 0.2;
            tone.frequency.value = 880;
            tone.connect(volume);
            volume.connect(audio.destination);
            tone.start();
            tone.stop(audio.currentTime + 0.4);
        } catch {
            // a phone that forbids sound still shows the number
        }
    }
    function look() {
        fetch('/my/shop/orders/new.json', {credentials: 'same-origin'}).then(function (answer) {
            return answer.ok ? answer.json() : {count: known};
        }).then(function (news) {
            if (news.count > known) {
                if (news.shop) {
                    place.href = '/my/shop/orders?shop=' + news.shop;
                    place.querySelector('[data-market-shop]').textContent = news.name;
                }
                place.hidden = false;
                ring();
            }
            known = news.count;
            document.title = known ? '(' + known + ') ' + title : title;
        }).catch(function () { /* no network: ask again later */ });
    }
    window.setInterval(look, 30000);
})();

/** @odoo-module ignore **/
/* What waits on a phone for the server: one sending at a time, in parcels, and again when there is network. */
(function () {
    'use strict';

    /* milliseconds from a failed attempt to the next */
    const AGAIN = 20000;

    /** Call `work` when the network comes back; returns what to call when it has failed, for another attempt.
        A phone says that it is online before the network really answers, and says it once. */
    function whenOnline(work) {
        let timer = 0;
        window.addEventListener('online', work);
        return () => {
            clearTimeout(timer);
            timer = setTimeout(work, AGAIN);
        };
    }

    /** Returns send(): whoever calls while it is at work waits for the same; what was added meanwhile goes too.
        @param parcel items of one request: a weak network gets through with few
        @param waiting gives what waits, in the order of sending; each item has a `key` that the server takes once
        @param post sends items; gives an answer with its key for each
        @param take keeps what the server has answered for an item
        @param sent everything has arrived
        @param failed an attempt has failed; an answer that refuses is not asked for again by itself
        @param after every attempt */
    function queue({ parcel, waiting, post, take, sent, failed, after }) {
        let running = null;
        let asked = false;
        const later = whenOnline(send);

        function send() {
            asked = true;
            running = running || work();
            return running;
        }

        async function work() {
            try {
                while (asked) {
                    asked = false;
                    await attempt();
                }
            } finally {
                running = null;
            }
        }

        async function attempt() {
            try {
                await sendAll(await waiting());
                await sent();
            } catch (error) {
                failed(error);
                if (!error.refused) {
                    later();
                }
            }
            await after();
        }

        async function sendAll(items) {
            for (let start = 0; start < items.length; start += parcel) {
                const part = items.slice(start, start + parcel);
                for (const answer of await post(part)) {
                    await take(part.find((item) => item.key === answer.key), answer);
                }
            }
        }

        return send;
    }

    Object.assign(window.kdcPhone, { whenOnline, queue });
})();

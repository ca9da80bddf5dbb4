/** @odoo-module ignore **/
/* Answers for a page that is used on the way (field round, door to door, inspection) when there is no network: the page and its
   files as they were last seen, or the copy that a page of the residents has made for this. Lists and what is entered are
   not kept here: the page has them in its own memory. */
'use strict';

const PAGE = new URL(self.registration.scope).pathname;
const CACHE = PAGE.slice(1).replace('/', '-');
const COPY = PAGE + '?copy=1';

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

async function answer(request, isFile) {
    const cache = await caches.open(CACHE);
    const copy = isFile ? undefined : await cache.match(COPY, { ignoreVary: true });
    try {
        const response = await fetch(request);
        // A redirect to the login page must not replace the page that works offline.
        if (response.ok && !response.redirected && !copy) {
            await cache.put(request, response.clone());
        }
        return response;
    } catch (error) {
        const kept = copy || (await cache.match(request, { ignoreVary: true }));
        if (kept) {
            return kept;
        }
        throw error;
    }
}

self.addEventListener('fetch', (event) => {
    const url = new URL(event.request.url);
    const isFile = /^\/(web\/assets|kdc\/leaflet|kdc_[a-z]+\/static)\//.test(url.pathname);
    if (event.request.method === 'GET' && url.origin === location.origin && (url.pathname === PAGE || isFile)) {
        event.respondWith(answer(event.request, isFile));
    }
});

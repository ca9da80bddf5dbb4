/** @odoo-module ignore **/
/* Answers for a page that is used on the way (field round, door to door, inspection) when there is no network: the page and its
   files as they were last seen, or the copy that a page of the residents has made for this (worker `sw.js?copy=1`): such a
   page is a new one for every person and is itself never kept. Lists and what is entered are not kept here: the page has
   them in its own memory. */
'use strict';

const PAGE = new URL(self.registration.scope).pathname;
const CACHE = PAGE.slice(1).replace('/', '-');
const COPY = new URL(self.location).searchParams.has('copy') && PAGE + '?copy=1';

/** Delete pages that were kept before there was a copy of them. */
async function forgetPages() {
    const cache = await caches.open(CACHE);
    const pages = (await cache.keys()).map(({ url }) => new URL(url)).filter(({ pathname }) => pathname === PAGE);
    const old = pages.filter(({ pathname, search }) => pathname + search !== COPY);
    await Promise.all(old.map((url) => cache.delete(url.href, { ignoreVary: true })));
}

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(Promise.all([COPY && forgetPages(), self.clients.claim()])));

async function answer(request, isFile) {
    const cache = await caches.open(CACHE);
    const isCopied = COPY && !isFile;
    try {
        const response = await fetch(request);
        // A redirect to the login page must not replace the page that works offline.
        if (response.ok && !response.redirected && !isCopied) {
            await cache.put(request, response.clone());
        }
        return response;
    } catch (error) {
        const kept = await cache.match(isCopied ? COPY : request, { ignoreVary: true });
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

/** @odoo-module ignore **/
/* The field round. The list of meters and the readings not yet sent live in IndexedDB, so that neither a dead spot nor
   a closed browser loses anything. Nothing is ever put into the page as HTML. */
(function () {
    'use strict';

    const { memory, call, element, fold, key, shrink, keepPage, queue: queueOf } = window.kdcPhone;
    const root = document.getElementById('round');
    const reader = Number(root.dataset.reader);
    const $ = (name) => root.querySelector('[data-round="' + name + '"]');
    const say = (name, ...values) =>
        values.reduce((text, value) => text.replace('%s', value), root.querySelector('[data-say="' + name + '"]').textContent);
    const PARCEL = 5;

    // -- memory ------------------------------------------------------------------------------------------------
    const store = memory('kdc-round', (database) => {
        database.createObjectStore('list');
        database.createObjectStore('queue', { keyPath: 'key' });
    });
    const readList = () => store('list', 'readonly', (table) => table.get(reader));
    const writeList = () => store('list', 'readwrite', (table) => table.put(list, reader));
    const put = (item) => store('queue', 'readwrite', (table) => table.put(item));
    const drop = (key) => store('queue', 'readwrite', (table) => table.delete(key));

    let list = null;
    let queue = [];

    async function readQueue() {
        const items = await store('queue', 'readonly', (table) => table.getAll());
        queue = items.filter((item) => item.reader === reader);
    }

    // -- server ------------------------------------------------------------------------------------------------
    const failed = (error) => message(error.refused ? error.message : navigator.onLine ? say('offline') : '');

    async function download() {
        try {
            list = await call('/kdc/round/list', {});
            await writeList();
            message('');
        } catch (error) {
            failed(error);
        }
        show();
    }

    const send = queueOf({
        parcel: PARCEL,
        waiting: async () => {
            await readQueue();
            return queue.filter((item) => item.state === 'waiting');
        },
        post: (parcel) => call('/kdc/round/send', { readings: parcel }),
        take,
        sent: () => message(''),
        failed,
        after: async () => {
            await readQueue();
            show();
        },
    });

    async function take(item, answer) {
        const meter = list && list.meters.find((row) => row.id === item.meter);
        if (meter && answer.known) {
            meter.known = answer.known;
            meter.again = meter.again && answer.state !== 'done';
            await writeList();
        }
        if (answer.state === 'done') {
            await drop(item.key);
        } else {
            await put(Object.assign(item, { state: answer.state, message: answer.message, known: answer.known }));
        }
    }

    // -- page --------------------------------------------------------------------------------------------------
    function message(text) {
        $('message').textContent = text;
        $('message').hidden = !text;
    }

    function badge(meter, item) {
        if (item && item.state === 'conflict') {
            return element('span', 'k-badge k-badge-late', say('conflict'));
        }
        if (item && item.state === 'refused') {
            return element('span', 'k-badge k-badge-late', say('refused'));
        }
        if (item) {
            return element('span', 'k-badge k-badge-warn', say('waiting', item.value));
        }
        if (meter.again) {
            return element('span', 'k-badge k-badge-warn', say('again'));
        }
        if (meter.known) {
            return element('span', 'k-badge k-badge-ok', say('read', meter.known.value));
        }
        return element('span', 'k-badge k-badge-muted', say('unread'));
    }

    const itemOf = (meter) => queue.find((item) => item.meter === meter.id);
    const asks = (meter) => Boolean(itemOf(meter)) && itemOf(meter).state !== 'waiting';
    const left = (meter) => !itemOf(meter) && (!meter.known || meter.again);

    function show() {
        const meters = list ? list.meters : [];
        const todo = meters.filter(left).length;
        $('status').textContent = list
            ? say('status', meters.length - todo, meters.length, queue.filter((item) => item.state === 'waiting').length)
            : say('nothing');
        const stuck = queue.filter((item) => item.state !== 'waiting').length;
        $('choices').hidden = !stuck;
        $('choices_text').textContent = say('choices', stuck);
        $('made').textContent = list
            ? say(list.total > meters.length ? 'part' : 'made', list.made, meters.length, list.total)
            : '';
        $('empty').hidden = !list || meters.length > 0;
        $('send').hidden = !queue.some((item) => item.state === 'waiting');
        $('offline').hidden = navigator.onLine;
        const wanted = fold($('search').value.trim());
        const rows = meters.filter(
            (meter) =>
                (!$('only').checked || left(meter) || itemOf(meter)) &&
                (!wanted || fold([meter.address, meter.name, meter.serial].join(' ')).includes(wanted))
        );
        // More rows than anybody scrolls through cost an old phone seconds; the search finds the others.
        // What the server has not taken waits for the reader, however long the walk is.
        rows.sort((one, other) => asks(other) - asks(one));
        $('list').replaceChildren(...rows.slice(0, 200).map(row));
        $('more').hidden = rows.length <= 200;
    }

    function row(meter) {
        const line = element('li');
        const button = element('button', 'k-list-item');
        button.type = 'button';
        const text = element('span', 'k-grow');
        text.append(element('strong', '', meter.address || meter.serial), element('br'));
        text.append(element('span', 'k-muted', meter.name + ' · ' + meter.serial), element('br'), badge(meter, itemOf(meter)));
        button.append(text);
        button.addEventListener('click', () => open(meter));
        line.append(button);
        return line;
    }

    let current = null;

    function open(meter) {
        current = meter;
        const item = itemOf(meter);
        $('title').textContent = meter.address || meter.serial;
        $('who').textContent = meter.name + ' · ' + meter.service + ' · ' + meter.serial + (meter.place ? ' · ' + meter.place : '');
        $('previous').textContent = meter.previous ? meter.previous + ' (' + meter.day + ')' : '–';
        $('expected').textContent = meter.low ? meter.low + ' – ' + meter.high : '–';
        $('known').textContent = meter.known ? meter.known.value + ' (' + meter.known.by + ', ' + meter.known.day + ')' : '–';
        $('problem').textContent = item && item.message ? item.message : '';
        $('problem').hidden = !(item && item.message);
        const conflict = Boolean(item) && item.state === 'conflict';
        $('settle').hidden = !conflict;
        // No other button beside these two: saving once more would replace the server's figure unasked.
        $('typing').hidden = conflict;
        if (conflict) {
            $('theirs').textContent = say('theirs', item.known.value);
            $('mine').textContent = say('mine', item.value);
        }
        $('value').value = item ? item.value : '';
        $('reason').value = item ? item.reason : '';
        $('photo').value = '';
        $('kept').hidden = !(item && item.photo);
        warn();
        $('overview').hidden = true;
        $('entry').hidden = false;
        window.scrollTo(0, 0);
        $(conflict ? 'theirs' : 'value').focus();
    }

    function close() {
        current = null;
        $('entry').hidden = true;
        $('overview').hidden = false;
        show();
    }

    const figure = () => Number($('value').value.trim().replace(',', '.'));
    /* A list fetched before this version does not name the lowest figure. */
    const lowest = () => current.lowest ?? current.previous;
    const lower = () => lowest() !== '' && $('value').value.trim() !== '' && figure() < Number(lowest());

    function warn() {
        const value = figure();
        let text = '';
        if ($('value').value.trim() !== '') {
            if (!/^\d+([.,]\d{1,3})?$/.test($('value').value.trim())) {
                text = say('digits');
            } else if (value >= Math.pow(10, current.digits)) {
                text = say('long', current.digits);
            } else if (lower()) {
                text = say('lower');
            } else if (current.high && value > Number(current.high)) {
                text = say('high');
            }
        }
        $('warning').textContent = text;
        $('warning').hidden = !text;
        $('why').hidden = !lower();
        return text;
    }

    // -- place -------------------------------------------------------------------------------------------------
    /* Asked once and kept on this phone; a reading never waits for it and is as good without it. */
    const GPS = 'kdc-round-gps';
    const FRESH = 120000;
    let fix = null;
    let watch = null;

    function follow(wanted) {
        localStorage.setItem(GPS, wanted ? '1' : '');
        $('gps').checked = wanted;
        if (watch !== null) {
            navigator.geolocation.clearWatch(watch);
            watch = fix = null;
        }
        if (wanted) {
            watch = navigator.geolocation.watchPosition(
                (position) => (fix = position),
                (error) => {
                    message(say('gps'));
                    if (error.code === error.PERMISSION_DENIED) {
                        follow(false);
                    }
                },
                { enableHighAccuracy: true, maximumAge: FRESH }
            );
        }
    }

    function place() {
        if (!fix || Date.now() - fix.timestamp > FRESH) {
            return null;
        }
        return { lat: fix.coords.latitude, lon: fix.coords.longitude, acc: fix.coords.accuracy };
    }

    async function save(event) {
        event.preventDefault();
        if ($('typing').hidden) {
            return;
        }
        const text = warn();
        const value = $('value').value.trim();
        if (!value || text === say('digits') || text === say('long', current.digits)) {
            $('value').focus();
            return;
        }
        if (lower() && !$('reason').value.trim()) {
            $('reason').focus();
            return;
        }
        const old = itemOf(current);
        let photo = old ? old.photo : '';
        if ($('photo').files.length) {
            try {
                photo = await shrink($('photo').files[0]);
            } catch (error) {
                $('warning').textContent = say('photo');
                $('warning').hidden = false;
                return;
            }
        }
        await keep({ value: value, reason: lower() ? $('reason').value.trim() : '', photo: photo, place: place() }, old);
        const meters = list.meters;
        const next = meters.slice(meters.indexOf(current) + 1).find(left);
        if (next) {
            open(next);
        } else {
            close();
        }
        send();
    }

    /** Put a reading into the queue; each new figure gets a key of its own, so that sending twice changes nothing. */
    async function keep(what, old) {
        const item = Object.assign(
            {
                key: key(),
                reader: reader,
                meter: current.id,
                taken: new Date().toISOString(),
                seen: current.known ? current.known.stamp : '',
                state: 'waiting',
            },
            what
        );
        await put(item);
        if (old) {
            await drop(old.key);
        }
        await readQueue();
    }

    $('form').addEventListener('submit', save);
    $('value').addEventListener('input', warn);
    $('back').addEventListener('click', close);
    $('search').addEventListener('input', show);
    $('only').addEventListener('change', show);
    $('gps').addEventListener('change', () => follow($('gps').checked));
    $('send').addEventListener('click', send);
    $('refresh').addEventListener('click', download);
    $('mine').addEventListener('click', async () => {
        const old = itemOf(current);
        // Over the figure that was shown here and no other: a third one, sent meanwhile, is asked about again.
        const { value, reason, photo, place, taken, known } = old;
        await keep({ value, reason, photo, place, taken, seen: known.stamp }, old);
        close();
        send();
    });
    $('theirs').addEventListener('click', async () => {
        await drop(itemOf(current).key);
        await readQueue();
        close();
    });
    window.addEventListener('offline', show);

    // -- begin -------------------------------------------------------------------------------------------------
    async function begin() {
        $('gps_box').hidden = !navigator.geolocation;
        if (navigator.geolocation && localStorage.getItem(GPS)) {
            follow(true);
        }
        await readQueue();
        list = (await readList()) || null;
        const month = new Date().toISOString().slice(0, 7);
        show();
        await send();
        if (!list || list.month !== month || !queue.length) {
            await download();
        }
        root.dataset.ready = '1';
    }

    begin();
    keepPage('/kdc/round').then(
        (kept) => kept && (root.dataset.kept = '1'),
        () => message(say('unkept'))
    );
})();

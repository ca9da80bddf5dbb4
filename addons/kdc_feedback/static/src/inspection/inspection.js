/** @odoo-module ignore **/
/* The inspection round. The cases and the results not yet sent live in IndexedDB, so that neither a dead spot nor a
   closed browser loses anything. Nothing is ever put into the page as HTML. */
(function () {
    'use strict';

    const { memory, call, element, key, shrink, keepPage, queue: queueOf } = window.kdcPhone;
    const root = document.getElementById('inspection');
    const inspector = Number(root.dataset.inspector);
    const $ = (name) => root.querySelector('[data-inspection="' + name + '"]');
    const say = (name, ...values) =>
        values.reduce((text, value) => text.replace('%s', value), root.querySelector('[data-say="' + name + '"]').textContent);
    const form = $('form');
    /* Results with a photo sent in one request: a weak network gets through with few. */
    const PARCEL = 3;

    // -- memory ------------------------------------------------------------------------------------------------
    const store = memory('kdc-inspection', (database) => {
        database.createObjectStore('list');
        database.createObjectStore('queue', { keyPath: 'key' });
    });
    const put = (item) => store('queue', 'readwrite', (table) => table.put(item));
    const drop = (item) => store('queue', 'readwrite', (table) => table.delete(item.key));

    let list = null;
    let queue = [];

    async function readQueue() {
        const items = await store('queue', 'readonly', (table) => table.getAll());
        queue = items.filter((item) => item.inspector === inspector);
    }

    async function writeList() {
        await store('list', 'readwrite', (table) => table.put(list, inspector));
    }

    // -- server ------------------------------------------------------------------------------------------------
    function failed(error) {
        if (error.signedOut) {
            message(say('signedOut'), '/web/login?redirect=/kdc/inspection');
        } else {
            message(error.refused ? error.message : navigator.onLine ? say('offline') : '');
        }
    }

    async function download() {
        try {
            list = await call('/kdc/inspection/list', {});
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
        post: (parcel) => call('/kdc/inspection/send', { results: parcel.map(asSent) }),
        take,
        sent: () => message(''),
        failed,
        after: async () => {
            await readQueue();
            show();
        },
    });

    function asSent(item) {
        const { key, outcome, body, note, unit, photo, taken } = item;
        return { key, outcome, body, note, unit, photo, taken, case: item.about.id, stamp: item.about.stamp };
    }

    /** What was taken leaves the phone; what was kept as a note only stays until the inspector has read so. */
    async function take(item, answer) {
        if (answer.state === 'refused') {
            await put(Object.assign(item, { state: 'refused', message: answer.message }));
            return;
        }
        if (answer.state === 'kept') {
            const { key, about } = item;
            await put({ key, about, inspector, state: 'done', message: answer.message });
        } else {
            await drop(item);
        }
        if (list && item.outcome !== 'note') {
            list.cases = list.cases.filter((row) => row.id !== item.about.id);
            await writeList();
        }
    }

    // -- order -------------------------------------------------------------------------------------------------
    let here = null;

    /** Order rows by walking always to the nearest one left; those without a position follow, due first. */
    function onFoot(rows, start) {
        const left = rows.filter((row) => row.position);
        const way = [];
        let place = start || (left.length ? left[0].position : null);
        while (left.length) {
            const near = left.reduce((best, row) => (distance(place, row.position) < distance(place, best.position) ? row : best));
            left.splice(left.indexOf(near), 1);
            way.push(near);
            place = near.position;
        }
        return way.concat(rows.filter((row) => !row.position));
    }

    /** Square of the distance in degrees of latitude: enough to tell what is nearer. */
    function distance([latitude, longitude], [otherLatitude, otherLongitude]) {
        const east = (otherLongitude - longitude) * Math.cos((latitude * Math.PI) / 180);
        return (otherLatitude - latitude) ** 2 + east ** 2;
    }

    /** Where the phone is stays on the phone. */
    function locate() {
        navigator.geolocation.getCurrentPosition(
            (position) => {
                here = [position.coords.latitude, position.coords.longitude];
                show();
            },
            () => message(say('gps')),
            { enableHighAccuracy: true, maximumAge: 60000, timeout: 20000 }
        );
    }

    // -- page --------------------------------------------------------------------------------------------------
    function message(text, link) {
        $('message').textContent = text;
        $('message').hidden = !text;
        if (link) {
            const anchor = element('a', 'f-tap', say('signIn'));
            anchor.href = link;
            $('message').append(' ', anchor);
        }
    }

    const itemOf = (row) => queue.find((item) => item.about.id === row.id && item.state !== 'done');
    const where = (row) => [row.place, row.address, row.area].filter(Boolean).join(', ');

    function badges(row) {
        const item = itemOf(row);
        const found = [];
        if (item) {
            const refused = item.state === 'refused';
            found.push(element('span', 'k-badge k-badge-' + (refused ? 'late' : 'warn'), say(refused ? 'refused' : 'waiting')));
        }
        if (row.late) {
            found.push(element('span', 'k-badge k-badge-late', say('late')));
        }
        if (row.due) {
            found.push(element('span', 'k-muted', say('due', row.due)));
        }
        return found;
    }

    /** The cases of the list, and those only a result on this phone still tells of. */
    function rows() {
        const cases = list ? list.cases : [];
        const others = queue.filter((item) => item.state !== 'done' && !cases.some((row) => row.id === item.about.id));
        return cases.concat(others.map((item) => item.about));
    }

    function show() {
        const all = rows();
        const left = all.filter((row) => !itemOf(row)).length;
        const waiting = queue.filter((item) => item.state === 'waiting').length;
        $('status').textContent = list ? say('status', left, waiting) : say('nothing');
        $('made').textContent = list ? say('made', list.made) : '';
        $('empty').hidden = !list || all.length > 0;
        $('list').hidden = !all.length;
        $('send').hidden = !waiting;
        $('offline').hidden = navigator.onLine;
        const order = $('order').value;
        const ordered = order === 'due' ? all : onFoot(all, order === 'here' ? here : null);
        $('list').replaceChildren(...ordered.map(line));
        $('told').replaceChildren(...queue.filter((item) => item.state === 'done').map(told));
    }

    function line(row) {
        const node = element('li');
        const button = element('button', 'k-list-item');
        button.type = 'button';
        const text = element('span', 'k-grow');
        const marks = element('span', 'k-row f-badges');
        marks.append(...badges(row));
        text.append(element('strong', '', row.name), marks, element('span', 'k-muted f-block', where(row)));
        text.append(element('span', 'k-muted f-block', row.number + ' · ' + row.category));
        button.append(text);
        button.addEventListener('click', () => open(row));
        node.append(button);
        return node;
    }

    function told(item) {
        const node = element('div', 'k-flash k-flash-warn');
        const text = element('span', 'k-grow', item.about.number + ': ' + item.message);
        const button = element('button', 'k-btn k-btn-secondary', say('understood'));
        button.type = 'button';
        button.addEventListener('click', async () => {
            await drop(item);
            await readQueue();
            show();
        });
        node.append(text, button);
        return node;
    }

    let current = null;

    function open(row) {
        current = row;
        const item = itemOf(row);
        form.reset();
        $('title').textContent = row.name;
        $('badges').replaceChildren(...badges(row));
        $('text').textContent = row.text || '';
        $('where').textContent = where(row);
        $('category').textContent = row.category;
        $('geo').hidden = !row.position;
        if (row.position) {
            $('geo').href = 'geo:' + row.position + '?q=' + row.position;
        }
        $('phone').hidden = !row.phone;
        $('phone').href = 'tel:' + (row.phone || '');
        $('photos').replaceChildren(...(row.photos || []).map(picture));
        const units = (list ? list.units : []).filter((unit) => unit.company === row.company);
        form.elements.unit.replaceChildren(form.elements.unit.options[0], ...units.map(option));
        if (item) {
            form.elements.outcome.value = item.outcome;
            form.elements.body.value = item.body;
            form.elements.note.value = item.note;
            form.elements.unit.value = item.unit || '';
        }
        $('kept').hidden = !(item && item.photo);
        problem(item && item.message ? item.message : '');
        $('overview').hidden = true;
        form.hidden = false;
        window.scrollTo(0, 0);
    }

    function picture(photo) {
        const image = element('img', 'k-photo');
        image.src = 'data:image/jpeg;base64,' + photo;
        image.alt = say('picture');
        return image;
    }

    function option(unit) {
        const node = element('option', '', unit.name);
        node.value = unit.id;
        return node;
    }

    function close() {
        current = null;
        form.hidden = true;
        $('overview').hidden = false;
        show();
    }

    function problem(text) {
        $('problem').textContent = text;
        $('problem').hidden = !text;
        if (text) {
            $('problem').scrollIntoView({ block: 'center' });
        }
    }

    /** What is missing, before it is kept: out there is the only place to take the photo. */
    function missing(result) {
        if (!result.outcome) {
            return 'outcome';
        }
        if (result.outcome === 'done') {
            return !result.body ? 'body' : current.needs_photo && !result.photo ? 'needsPhoto' : '';
        }
        return result.outcome === 'other' && !result.unit ? 'unit' : !result.note ? 'note' : '';
    }

    async function save(event) {
        event.preventDefault();
        const old = itemOf(current);
        const { outcome, body, note, unit, photo } = form.elements;
        const result = {
            outcome: outcome.value,
            body: body.value.trim(),
            note: note.value.trim(),
            unit: Number(unit.value),
            photo: old ? old.photo : '',
        };
        if (photo.files.length) {
            try {
                result.photo = await shrink(photo.files[0]);
            } catch (error) {
                problem(say('photo'));
                return;
            }
        }
        const wrong = missing(result);
        if (wrong) {
            problem(say(wrong));
            return;
        }
        await keep(result, old);
        close();
        send();
    }

    /** Put a result into the queue. It gets a key of its own, so that sending twice changes nothing; of the case it
        holds what the row shows, neither the words nor the number of the reporter. */
    async function keep(result, old) {
        const about = Object.assign({}, current, { text: '', phone: '', photos: [] });
        await put(Object.assign({ key: key(), inspector, about, taken: new Date().toISOString(), state: 'waiting' }, result));
        if (old) {
            await drop(old);
        }
        await readQueue();
    }

    form.addEventListener('submit', save);
    form.addEventListener('input', () => problem(''));
    $('back').addEventListener('click', close);
    $('send').addEventListener('click', send);
    $('refresh').addEventListener('click', download);
    $('order').addEventListener('change', () => ($('order').value === 'here' ? locate() : show()));
    window.addEventListener('offline', show);

    // -- begin -------------------------------------------------------------------------------------------------
    async function begin() {
        $('here').hidden = !navigator.geolocation;
        await readQueue();
        list = (await store('list', 'readonly', (table) => table.get(inspector))) || null;
        show();
        await send();
        await download();
        root.dataset.ready = '1';
    }

    begin();
    keepPage('/kdc/inspection').then(
        (kept) => kept && (root.dataset.kept = '1'),
        () => message(say('unkept'))
    );
})();

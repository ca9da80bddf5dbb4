/** @odoo-module ignore **/
/* Collecting from door to door. The list of accounts, the receipt numbers of this phone and the payments live in
   IndexedDB, so that neither a dead spot nor a closed browser loses anything. A payment takes its number in the same
   transaction that keeps it: no number is used twice, whatever is pressed and in however many windows. */
(function () {
    'use strict';

    const { memory, call, element, fold, key, keepPage, queue: queueOf } = window.kdcPhone;
    const root = document.getElementById('doors');
    const collector = Number(root.dataset.collector);
    const $ = (name) => root.querySelector('[data-doors="' + name + '"]');
    const say = (name, ...values) =>
        values.reduce((text, value) => text.replace('%s', value), root.querySelector('[data-say="' + name + '"]').textContent);
    const PARCEL = 5;
    /* Fewer numbers than this are left: ask for more while there is network. */
    const FEW = 10;
    const ROWS = 200;
    const CLOCK = {
        timeZone: 'Asia/Ho_Chi_Minh', hour12: false,
        hour: '2-digit', minute: '2-digit', day: '2-digit', month: '2-digit', year: 'numeric',
    };

    // -- memory ------------------------------------------------------------------------------------------------
    const store = memory('kdc-doors', (database) => {
        database.createObjectStore('list');
        database.createObjectStore('ranges', { keyPath: 'id' });
        database.createObjectStore('queue', { keyPath: 'key' });
        database.createObjectStore('phone');
    });
    const writeList = () => store('list', 'readwrite', (table) => table.put(list, collector));
    const put = (item) => store('queue', 'readwrite', (table) => table.put(item));

    let list = null;
    let queue = [];
    let ranges = [];
    let device = '';

    async function read() {
        const mine = (rows) => rows.filter((row) => row.collector === collector);
        queue = mine(await store('queue', 'readonly', (table) => table.getAll())).sort((a, b) => (a.taken < b.taken ? 1 : -1));
        ranges = mine(await store('ranges', 'readonly', (table) => table.getAll())).sort((a, b) => a.id - b.id);
    }

    /** The key of this phone; a phone whose memory was wiped gets another one, and with it other numbers. */
    async function readDevice() {
        const found = await store('phone', 'readonly', (table) => table.get('device'));
        device = found || key();
        if (!found) {
            await store('phone', 'readwrite', (table) => table.put(device, 'device'));
        }
    }

    /** Now by the server's clock, as far as the last list tells what the phone's is off. */
    const now = () => new Date(Date.now() + ((list && list.offset) || 0));
    const year = () => Number(now().toLocaleDateString('en-CA', { timeZone: 'Asia/Ho_Chi_Minh' }).slice(0, 4));
    const free = (range) => (range.year === year() ? Math.max(range.last - range.next + 1, 0) : 0);
    const numbersLeft = () => ranges.reduce((sum, range) => sum + free(range), 0);
    const unsent = () => queue.filter((item) => item.state !== 'done');

    /** Keep a payment together with the next number; false when there is none. */
    async function keep(item) {
        await store(['ranges', 'queue'], 'readwrite', (numbers, payments) => {
            const request = numbers.getAll();
            request.onsuccess = () => {
                const range = request.result
                    .filter((row) => row.collector === collector && free(row))
                    .sort((a, b) => a.id - b.id)[0];
                if (range) {
                    item.range = range.id;
                    item.number = range.next;
                    item.name = range.prefix + String(range.next).padStart(6, '0');
                    numbers.put(Object.assign(range, { next: range.next + 1 }));
                    payments.put(item);
                }
            };
        });
        await read();
        return Boolean(item.number);
    }

    // -- server ------------------------------------------------------------------------------------------------
    function failed(error) {
        if (error.signedOut) {
            message(say('signedOut'), '/web/login?redirect=/kdc/doors');
        } else {
            message(error.refused ? error.message : navigator.onLine ? say('offline') : '');
        }
    }

    async function download() {
        try {
            const before = Date.now();
            const known = ranges.map((range) => range.id);
            const found = await call('/kdc/doors/list', { device: device });
            // the middle of the way there and back
            found.offset = new Date(found.now).getTime() - (before + Date.now()) / 2;
            list = found;
            await writeList();
            await mergeRanges(found.ranges, known.filter((id) => !found.ranges.some((range) => range.id === id)));
            message('');
            await refill();
        } catch (error) {
            failed(error);
        }
        show();
    }

    /** Take over the numbers the server knows of; what this phone has used of them it knows better. */
    async function mergeRanges(found, ended) {
        await store('ranges', 'readwrite', (table) => {
            // Read in the same transaction: another window may have used numbers since the page last looked.
            const request = table.getAll();
            request.onsuccess = () => {
                ended.forEach((id) => table.delete(id));
                for (const range of found) {
                    const used = request.result.find((row) => row.id === range.id);
                    const next = Math.max(range.next, used ? used.next : 0);
                    table.put(Object.assign({}, range, { collector: collector, next: next }));
                }
            };
        });
        await read();
    }

    /** Ask for further numbers; the key of the request is kept until the answer has come, so asking again costs none. */
    async function refill() {
        if (!list || !list.session || numbersLeft() >= FEW) {
            return;
        }
        const wanted = (await store('phone', 'readonly', (table) => table.get('request'))) || key();
        await store('phone', 'readwrite', (table) => table.put(wanted, 'request'));
        try {
            const range = await call('/kdc/doors/numbers', { device: device, name: phoneName(), key: wanted });
            await mergeRanges([range], []);
            await store('phone', 'readwrite', (table) => table.delete('request'));
        } catch (error) {
            if (error.refused) {
                await store('phone', 'readwrite', (table) => table.delete('request'));
            }
            throw error;
        }
    }

    function phoneName() {
        const found = /\(([^)]*)\)/.exec(navigator.userAgent);
        return found ? found[1].split(';').slice(0, 3).join(';').trim() : '';
    }

    const send = queueOf({
        parcel: PARCEL,
        waiting: async () => {
            await read();
            return unsent().reverse();
        },
        post: (parcel) => call('/kdc/doors/send', { payments: parcel.map(asSent), sent: new Date().toISOString() }),
        take,
        sent: () => {
            message('');
            return refill();
        },
        failed,
        after: async () => {
            await read();
            show();
        },
    });

    function asSent(item) {
        const { key, account, amount, rounded, range, number, payer, debtor, taken, shown, prints } = item;
        return { key, account, amount, rounded, range, number, payer, debtor, taken, shown, prints };
    }

    async function take(item, answer) {
        if (answer.state !== 'done') {
            await put(Object.assign(item, { state: 'refused', message: answer.message }));
            return;
        }
        const renamed = answer.name !== item.name;
        await put(Object.assign(item, { state: 'done', name: answer.name, message: answer.message, renamed: renamed }));
        const account = list && list.accounts.find((row) => row.id === answer.account);
        if (account) {
            account.charges = answer.charges;
            await writeList();
        }
    }

    async function end() {
        await send();
        if (unsent().length) {
            return;
        }
        try {
            const unused = await call('/kdc/doors/end', { device: device });
            await forget();
            message(say('ended', unused));
        } catch (error) {
            failed(error);
        }
        show();
    }

    /** Leave nothing about people on the phone; only its key stays. */
    async function forget() {
        await store(['list', 'queue', 'ranges'], 'readwrite', (lists, payments, numbers) => {
            lists.delete(collector);
            queue.forEach((item) => payments.delete(item.key));
            ranges.forEach((range) => numbers.delete(range.id));
        });
        list = null;
        await read();
    }

    // -- money -------------------------------------------------------------------------------------------------
    const money = (amount) => String(amount).replace(/\B(?=(\d{3})+(?!\d))/g, '.') + ' ₫';
    const typed = () => Number($('amount').value.replace(/[^0-9]/g, '').slice(0, 11));

    /** What an account owes, less what this phone has taken and not sent. */
    function open_(account) {
        const paid = new Map();
        for (const item of unsent().filter((one) => one.account === account.id)) {
            item.shown.slice(0, -1).forEach(([bill, section, amount]) => {
                paid.set(bill + '/' + section, (paid.get(bill + '/' + section) || 0) + amount);
            });
        }
        return account.charges
            .map((charge) => Object.assign({}, charge, { open: charge.open - (paid.get(charge.key.join('/')) || 0) }))
            .filter((charge) => charge.open > 0);
    }
    const owed = (account) => open_(account).reduce((sum, charge) => sum + charge.open, 0);

    /** Cash that settles all that is owed, in notes there are (half of the smallest one upwards). */
    function rounded(amount) {
        const step = list.rounding;
        return step ? Math.floor((2 * amount + step) / (2 * step)) * step || amount : amount;
    }

    /** The same rule as the server's: the charges come in serving order, what is left is the payer's advance. */
    function apportion(amount, charges) {
        let left = amount;
        const shares = charges.map((charge) => {
            const part = Math.min(left, charge.open);
            left -= part;
            return { charge: charge, amount: part };
        });
        return { shares: shares, advance: left };
    }

    // -- page --------------------------------------------------------------------------------------------------
    function message(text, link) {
        $('message').textContent = text;
        $('message').hidden = !text;
        if (link) {
            const anchor = element('a', 'k-btn k-btn-secondary', say('signIn'));
            anchor.href = link;
            $('message').append(element('br'), anchor);
        }
    }

    function view(name) {
        for (const part of ['overview', 'payment', 'ticket', 'scanner']) {
            $(part).hidden = part !== name;
        }
        window.scrollTo(0, 0);
    }

    function badge(account) {
        const sum = owed(account);
        return sum
            ? element('span', 'k-badge k-badge-warn', say('owes', money(sum)))
            : element('span', 'k-badge k-badge-ok', say('owesNothing'));
    }

    function show() {
        const ready = Boolean(list && list.session);
        const waiting = unsent();
        $('status').textContent = ready
            ? say('status', money(queue.reduce((sum, item) => sum + item.amount, 0)), queue.length, waiting.length)
            : list || waiting.length ? '' : say('nothing');
        $('numbers').textContent = ready ? say('numbers', numbersLeft()) : '';
        $('made').textContent = ready
            ? say(list.total > list.accounts.length ? 'part' : 'made', list.made, list.accounts.length, list.total)
            : '';
        $('start').hidden = !list || ready;
        $('find').hidden = !ready;
        $('empty').hidden = !ready || list.accounts.length > 0;
        $('send').hidden = !waiting.length;
        $('offline').hidden = navigator.onLine;
        $('taken_box').hidden = !queue.length;
        $('taken').replaceChildren(...queue.slice(0, ROWS).map(receiptRow));
        $('end_box').hidden = !ranges.length;
        $('end').disabled = waiting.length > 0;
        const rows = ready ? found() : [];
        $('list').replaceChildren(...rows.slice(0, ROWS).map(accountRow));
        $('nobody').hidden = !ready || rows.length > 0 || !$('search').value.trim();
        $('more').hidden = rows.length <= ROWS;
    }

    /** Accounts that fit what is typed or scanned. */
    function found() {
        const text = $('search').value.trim();
        const code = text.toUpperCase().replace(/[^A-Z0-9]/g, '');
        const byCode = code.includes('KDC')
            ? list.accounts.filter((row) => row.codes.some((one) => one && code.includes(one)))
            : [];
        if (byCode.length) {
            return byCode;
        }
        const wanted = fold(text);
        const only = $('only').checked;
        return list.accounts.filter((row) =>
            wanted
                ? fold([row.address, row.name, row.payer].join(' ')).includes(wanted) || (code && row.number.startsWith(code))
                : !only || owed(row)
        );
    }

    function button(lines, work) {
        const row = element('li');
        const node = element('button', 'k-list-item');
        node.type = 'button';
        const text = element('span', 'k-grow');
        lines.forEach((line, index) => text.append(...(index ? [element('br'), line] : [line])));
        node.append(text);
        node.addEventListener('click', work);
        row.append(node);
        return row;
    }

    function accountRow(account) {
        return button(
            [
                element('strong', '', account.address || account.name),
                element('span', 'k-muted', account.name + ' · ' + account.number),
                badge(account),
            ],
            () => pay(account)
        );
    }

    function receiptRow(item) {
        const kind = { done: item.message ? 'warn' : 'ok', refused: 'late' }[item.state] || 'info';
        const lines = [
            element('strong', '', money(item.amount) + ' · ' + item.payer),
            element('span', 'k-muted', item.name + ' · ' + item.accountNumber),
            element('span', 'k-badge k-badge-' + kind, say(item.state)),
        ];
        if (item.message) {
            lines.push(element('span', '', item.message));
        }
        return button(lines, () => ticket(item));
    }

    let current = null;

    function pay(account) {
        current = account;
        $('title').textContent = account.name;
        $('who').textContent = [account.number, account.address, account.area].filter(Boolean).join(' · ');
        $('advance').textContent = account.advance ? say('advance', money(account.advance)) : '';
        const sum = owed(account);
        $('amount').value = sum ? money(sum).replace(' ₫', '') : '';
        $('payer').value = account.payer;
        $('problem').hidden = true;
        spread();
        view('payment');
        $('amount').focus();
        $('amount').select();
    }

    /** Show how the amount is spread, at once with every digit. */
    function spread() {
        const charges = open_(current);
        const amount = typed();
        const { shares, advance } = apportion(amount, charges);
        const rows = shares.map((share) => {
            const line = element('tr', share.amount ? '' : 'k-muted');
            line.append(
                element('td', '', share.charge.period + ' ' + share.charge.label),
                element('td', 'k-amount', money(share.charge.open)),
                element('td', 'k-amount', share.amount ? money(share.amount) : '–')
            );
            return line;
        });
        if (advance) {
            const line = element('tr');
            line.append(element('td', '', say('toAdvance')), element('td'), element('td', 'k-amount', money(advance)));
            rows.push(line);
        }
        $('spread').replaceChildren(...rows);
        $('spread_box').hidden = !rows.length;
        $('nothing_owed').hidden = charges.length > 0;
        $('words').textContent = amount ? window.kdcWords(amount, list.zero_tens) : '';
        const left = charges.reduce((sum, charge) => sum + charge.open, 0) - (amount - advance);
        $('left').textContent = left > 0 ? say('left', money(left)) : '';
        const cash = charges.length && !left && !advance ? rounded(amount) : amount;
        $('rounding').textContent = cash === amount ? '' : say('rounding', money(cash));
        $('take').textContent = amount ? say('take', money(cash)) : say('takeNothing');
        return { amount, cash, shares: shares.filter((share) => share.amount), advance };
    }

    async function confirm(event) {
        event.preventDefault();
        const { amount, cash, shares, advance } = spread();
        if (!amount || $('take').disabled) {
            $('amount').focus();
            return;
        }
        if (amount >= 1e10) {
            problem(say('tooMuch'));
            return;
        }
        $('take').disabled = true;
        try {
            const item = {
                key: key(),
                collector: collector,
                account: current.id,
                accountNumber: current.number,
                amount: cash,
                total: amount,
                rounded: cash !== amount,
                payer: $('payer').value.trim() || current.payer,
                debtor: current.debtor,
                taken: new Date().toISOString(),
                printed: now().toLocaleString('vi-VN', CLOCK),
                shown: shares.map((share) => [...share.charge.key, share.amount]).concat(advance),
                lines: shares.map((share) => [share.charge.label + ' ' + share.charge.period, share.amount]),
                advance: advance,
                prints: 0,
                state: 'waiting',
            };
            if (await keep(item)) {
                ticket(item);
                send();
            } else {
                problem(say('noNumbers'));
            }
        } finally {
            $('take').disabled = false;
        }
    }

    function problem(text) {
        $('problem').textContent = text;
        $('problem').hidden = false;
    }

    let printed = null;

    function ticket(item) {
        printed = item;
        $('t_ward').textContent = (list && list.ward) || '';
        $('t_number').textContent = item.name;
        $('t_copy').hidden = !item.prints;
        $('t_time').textContent = item.printed;
        $('t_payer').textContent = item.payer;
        $('t_account').textContent = item.accountNumber;
        const lines = item.lines.concat(item.advance ? [[say('toAdvance'), item.advance]] : []);
        $('t_lines').replaceChildren(
            ...lines.map(([label, amount]) => {
                const line = element('tr');
                line.append(element('td', '', label), element('td', 'k-amount', money(amount)));
                return line;
            })
        );
        $('t_total').textContent = money(item.total);
        $('t_words').textContent = window.kdcWords(item.total, (list && list.zero_tens) || 'linh');
        $('t_rounding').textContent = item.rounded ? say('rounding', money(item.amount)) : '';
        $('t_collector').textContent = root.dataset.name;
        $('t_state').textContent = item.state === 'done' ? say('done') : say(item.state);
        $('t_message').textContent = item.message || '';
        $('t_message').hidden = !item.message;
        view('ticket');
        $('print').focus();
    }

    async function print() {
        window.print();
        printed.prints += 1;
        // What was sent meanwhile must not be overwritten.
        await store('queue', 'readwrite', (table) => {
            const request = table.get(printed.key);
            request.onsuccess = () => request.result && table.put(Object.assign(request.result, { prints: printed.prints }));
        });
        $('t_copy').hidden = false;
        await read();
    }

    function back() {
        current = null;
        $('search').value = '';
        show();
        view('overview');
    }

    // -- camera ------------------------------------------------------------------------------------------------
    let camera = null;

    async function scan() {
        try {
            camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
        } catch (error) {
            message(say('camera'));
            return;
        }
        const detector = new window.BarcodeDetector({ formats: ['qr_code'] });
        $('video').srcObject = camera;
        await $('video').play();
        view('scanner');
        while (camera) {
            const codes = await detector.detect($('video')).catch(() => []);
            if (codes.length && camera) {
                stopScan();
                $('search').value = codes[0].rawValue;
                show();
                const rows = found();
                if (rows.length === 1) {
                    pay(rows[0]);
                }
                return;
            }
            await new Promise((resolve) => setTimeout(resolve, 200));
        }
    }

    function stopScan() {
        camera.getTracks().forEach((track) => track.stop());
        camera = null;
        view('overview');
    }

    // -- begin -------------------------------------------------------------------------------------------------
    $('payment').addEventListener('submit', confirm);
    $('amount').addEventListener('input', () => {
        const amount = typed();
        $('amount').value = amount ? money(amount).replace(' ₫', '') : '';
        spread();
    });
    $('search').addEventListener('input', show);
    $('only').addEventListener('change', show);
    $('send').addEventListener('click', send);
    $('refresh').addEventListener('click', () => send().then(download));
    $('print').addEventListener('click', print);
    $('end').addEventListener('click', end);
    $('stop').addEventListener('click', stopScan);
    $('scan').addEventListener('click', scan);
    root.querySelectorAll('[data-doors=back]').forEach((node) => node.addEventListener('click', back));
    $('start').addEventListener('submit', async (event) => {
        event.preventDefault();
        try {
            await call('/kdc/doors/open', { opening_float: Number($('float').value.replace(/[^0-9]/g, '')) });
            await send();
            await download();
        } catch (error) {
            failed(error);
        }
    });
    window.addEventListener('offline', show);

    async function begin() {
        $('scan').hidden = !('BarcodeDetector' in window && navigator.mediaDevices);
        await readDevice();
        await read();
        list = (await store('list', 'readonly', (table) => table.get(collector))) || null;
        show();
        if (navigator.storage && navigator.storage.persist) {
            navigator.storage.persist();
        }
        await send();
        await download();
        root.dataset.ready = '1';
    }

    begin();
    keepPage('/kdc/doors').then(
        (kept) => kept && (root.dataset.kept = '1'),
        () => message(say('unkept'))
    );
})();

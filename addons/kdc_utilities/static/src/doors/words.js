/** @odoo-module ignore **/
/* Amounts of VND in Vietnamese words, as engine/words.py reads them, for receipts that are made without network. */
window.kdcWords = (function () {
    'use strict';

    const DIGITS = ['không', 'một', 'hai', 'ba', 'bốn', 'năm', 'sáu', 'bảy', 'tám', 'chín'];

    function lastDigit(tens, ones) {
        if (ones === 5) {
            return 'lăm';
        }
        if (tens > 1 && (ones === 1 || ones === 4)) {
            return ones === 1 ? 'mốt' : 'tư';
        }
        return DIGITS[ones];
    }

    /** One to three digits; an inner group always says its hundreds. */
    function group(number, zeroTens, inner) {
        const [hundreds, tens, ones] = [Math.floor(number / 100), Math.floor(number / 10) % 10, number % 10];
        const words = hundreds || inner ? [DIGITS[hundreds], 'trăm'] : [];
        if (tens === 0) {
            return ones ? words.concat(words.length ? [zeroTens, DIGITS[ones]] : [DIGITS[ones]]) : words;
        }
        words.push(...(tens === 1 ? ['mười'] : [DIGITS[tens], 'mươi']));
        return ones ? words.concat(lastDigit(tens, ones)) : words;
    }

    /** A positive number; `inner` when something greater was read before it. */
    function read(number, zeroTens, inner) {
        const billions = Math.floor(number / 1e9);
        const words = billions ? read(billions, zeroTens, inner).concat('tỷ') : [];
        for (const [size, name] of [[1e6, 'triệu'], [1e3, 'nghìn'], [1, '']]) {
            const part = Math.floor(number / size) % 1000;
            if (part) {
                words.push(...group(part, zeroTens, inner || words.length > 0), ...(name ? [name] : []));
            }
        }
        return words;
    }

    return (amount, zeroTens) => {
        const words = (amount ? read(amount, zeroTens, false).join(' ') : DIGITS[0]) + ' đồng';
        return words[0].toUpperCase() + words.slice(1);
    };
})();

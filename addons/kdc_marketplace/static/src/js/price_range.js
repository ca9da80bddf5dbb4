import { patch } from "@web/core/utils/patch";
import { Multirange } from "@website/../lib/multirange/multirange_custom";

/** The slider of prices writes two decimals in every currency; the đồng has none. */
patch(Multirange.prototype, {
    formatNumber(number) {
        if (!this.currency || !Number.isInteger(Number(this.step))) {
            return super.formatNumber(...arguments);
        }
        const amount = number.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 0 });
        return this.currencyPosition === "after" ? `${amount} ${this.currency}` : `${this.currency} ${amount}`;
    },
});

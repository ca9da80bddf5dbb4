import { Component, onMounted, onWillStart, useEffect, useExternalListener, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** Hits that are shown; the server sends one more when there are further ones (RESULT_LIMIT). */
const SHOWN = 20;

/** A key that no other payment has; the server takes each key once. */
function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whether the server broke off instead of answering; what it refuses comes with a sentence for people. */
function interrupted(error) {
    return error instanceof ConnectionLostError || /^(psycopg2|odoo\.exceptions\.LockError)/.test(error.exceptionName || "");
}

/** Digits of what was typed: "350.000", "350 000" and "350000" are the same amount. */
function parseAmount(text) {
    const digits = String(text).replace(/[^0-9]/g, "");
    return digits ? Number(digits) : 0;
}

function formatAmount(amount) {
    return String(amount).replace(/\B(?=(\d{3})+(?!\d))/g, ".");
}

/**
 * The counter: scan or type, Enter, Enter.
 * Search -> what is owed, with the amount filled in and its spread shown -> confirm -> receipt.
 */
export class Counter extends Component {
    static template = "kdc_utilities.Counter";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.action = useService("action");
        this.rootRef = useRef("root");
        this.searchRef = useRef("search");
        this.amountRef = useRef("amount");
        this.floatRef = useRef("float");
        this.printRef = useRef("print");
        this.wayReferenceRef = useRef("wayReference");
        this.state = useState({
            session: false,
            loaded: false,
            floatText: "0",
            text: "",
            results: null,
            more: false,
            selected: 0,
            owed: null,
            amountText: "",
            payer: "",
            gifts: {},
            ways: { transfer: "", card: "" },
            wayReference: "",
            preview: null,
            receipt: null,
            busy: false,
        });
        this.key = null;
        this.searchNumber = 0;
        onWillStart(async () => {
            this.state.session = await this.call("get_session");
            this.state.loaded = true;
        });
        onMounted(() => this.focusStart());
        // The field that the next keystroke is for has the focus.
        useEffect(
            (account, receipt) => {
                if (receipt) {
                    this.printRef.el?.focus();
                } else if (account) {
                    this.amountRef.el?.focus();
                    this.amountRef.el?.select();
                } else {
                    this.focusStart();
                }
            },
            () => [
                this.state.owed && `${this.state.owed.account.id}/${this.state.owed.account.payer_id}`,
                this.state.receipt?.id,
                Boolean(this.state.session),
            ]
        );
        // Chosen by the arrows, a hit below the window comes into view.
        useEffect(
            () => {
                this.rootRef.el?.querySelector(".list-group-item.active")?.scrollIntoView({ block: "nearest" });
            },
            () => [this.state.selected]
        );
        useExternalListener(window, "keydown", (ev) => this.onWindowKeydown(ev));
    }

    call(method, ...args) {
        return this.orm.call("kdc.collect", method, args);
    }

    focusStart() {
        (this.state.session ? this.searchRef : this.floatRef).el?.focus();
    }

    money(amount) {
        return `${formatAmount(amount)} ₫`;
    }

    get amount() {
        return parseAmount(this.state.amountText);
    }

    /** Voluntary contributions typed, as the server takes them: [drive, amount]. */
    get gifts() {
        return (this.state.owed?.drives || [])
            .map((drive) => [drive.id, parseAmount(this.state.gifts[drive.id] || "")])
            .filter(([, amount]) => amount > 0);
    }

    get total() {
        return this.gifts.reduce((sum, [, amount]) => sum + amount, this.amount);
    }

    /** What is not paid in cash, as the server takes it. */
    get ways() {
        return { transfer: parseAmount(this.state.ways.transfer), card: parseAmount(this.state.ways.card) };
    }

    /** The spread on the screen belongs to the amounts in the boxes. */
    get isShown() {
        const { preview } = this.state;
        return (
            this.total > 0 &&
            preview?.amount === this.amount &&
            preview.ways.transfer === this.ways.transfer &&
            preview.ways.card === this.ways.card &&
            JSON.stringify(preview.gifts.map((gift) => [gift.id, gift.amount])) === JSON.stringify(this.gifts)
        );
    }

    /** Run one request at a time; a second keystroke meanwhile does nothing. */
    async busy(work) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        try {
            return await work();
        } finally {
            this.state.busy = false;
        }
    }

    // -- session ------------------------------------------------------------

    openSession() {
        return this.busy(async () => {
            this.state.session = await this.call("open_session", parseAmount(this.state.floatText));
        });
    }

    showSession() {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "kdc.cash.session",
            res_id: this.state.session.id,
            views: [[false, "form"]],
        });
    }

    // -- search -------------------------------------------------------------

    async onSearchKeydown(ev) {
        const results = this.state.results || [];
        if (ev.key === "Enter") {
            ev.preventDefault();
            if (results.length && this.searched === this.state.text.trim()) {
                await this.select(results[this.state.selected]);
            } else {
                await this.search();
            }
        } else if (ev.key === "ArrowDown" || ev.key === "ArrowUp") {
            ev.preventDefault();
            const step = ev.key === "ArrowDown" ? 1 : -1;
            this.state.selected = Math.min(Math.max(this.state.selected + step, 0), Math.max(results.length - 1, 0));
        } else if (ev.key === "Escape") {
            this.reset();
        }
    }

    search() {
        const text = this.state.text.trim();
        if (!text) {
            return;
        }
        return this.busy(async () => {
            const results = await this.call("find", text);
            this.searched = text;
            this.state.selected = 0;
            this.state.receipt = null;
            this.state.more = results.length > SHOWN;
            this.state.results = results.slice(0, SHOWN);
            if (results.length === 1) {
                await this.load(results[0].id, results[0].payer_id);
            }
        });
    }

    select(account) {
        return account && this.busy(() => this.load(account.id, account.payer_id));
    }

    /** The bills of somebody else who pays, or paid, for the account on the screen. */
    switchPayer(payerId) {
        return this.busy(() => this.load(this.state.owed.account.id, payerId));
    }

    /** Show what a payer owes on an account, with the whole debt as the amount and its spread. */
    async load(accountId, payerId) {
        const owed = await this.call("get_owed", accountId, payerId);
        this.key = newKey();
        this.state.receipt = null;
        this.state.results = null;
        this.state.payer = owed.account.payer;
        this.state.gifts = {};
        this.state.ways = { transfer: "", card: "" };
        this.state.wayReference = "";
        this.state.amountText = owed.total ? formatAmount(owed.total) : "";
        this.state.preview = owed.total
            ? await this.call("preview", accountId, owed.total, [], {}, owed.account.payer_id)
            : null;
        this.state.owed = owed;
    }

    /** Show what is owed and in the drawer by now, after a payment was refused; what was typed is kept. */
    async refresh() {
        const { account, total } = this.state.owed;
        try {
            this.state.session = await this.call("get_session");
            const owed = await this.call("get_owed", account.id, account.payer_id);
            if (this.amount === total) {
                this.state.amountText = owed.total ? formatAmount(owed.total) : "";
            }
            this.state.owed = owed;
        } catch {
            // The sentence of the refused payment says what to do.
        }
    }

    useAdvance() {
        return this.busy(async () => {
            const { id, payer_id, former } = this.state.owed.account;
            const today = await this.call("apply_advance", id, payer_id);
            // Whoever paid before, and owes nothing any more, is no debt to show.
            const owes = !former || today.others.some((other) => other.payer_id === payer_id);
            await this.load(id, owes ? payer_id : false);
        });
    }

    // -- payment ------------------------------------------------------------

    onAmountInput(ev) {
        const amount = parseAmount(ev.target.value);
        this.state.amountText = amount ? formatAmount(amount) : "";
        ev.target.value = this.state.amountText;
    }

    onGiftInput(ev, driveId) {
        const amount = parseAmount(ev.target.value);
        this.state.gifts[driveId] = amount ? formatAmount(amount) : "";
        ev.target.value = this.state.gifts[driveId];
    }

    onWayInput(ev, way) {
        const amount = parseAmount(ev.target.value);
        this.state.ways[way] = amount ? formatAmount(amount) : "";
        ev.target.value = this.state.ways[way];
    }

    /** The rest of the total goes this way: nobody subtracts by head. */
    fillWay(way) {
        const other = way === "card" ? this.ways.transfer : this.ways.card;
        this.state.ways[way] = formatAmount(Math.max(this.total - other, 0));
    }

    onAmountKeydown(ev) {
        if (ev.key === "Enter") {
            ev.preventDefault();
            this.enter();
        } else if (ev.key === "Escape") {
            this.reset();
        }
    }

    /** Enter shows the spread of a changed amount; once it is shown, Enter takes the money. */
    enter() {
        return this.isShown ? this.confirm() : this.show();
    }

    show() {
        if (!this.total) {
            this.notification.add(_t("Enter the amount that was handed over."), { type: "warning" });
            return;
        }
        return this.busy(async () => {
            this.state.preview = await this.call(
                "preview",
                this.state.owed.account.id,
                this.amount,
                this.gifts,
                this.ways,
                this.state.owed.account.payer_id
            );
        });
    }

    confirm() {
        const { owed, preview, payer } = this.state;
        const reference = this.state.wayReference.trim();
        if ((preview.ways.transfer || preview.ways.card) && !reference) {
            this.notification.add(_t("Enter the number of the transfer or card slip."), { type: "warning" });
            this.wayReferenceRef.el?.focus();
            return;
        }
        return this.busy(async () => {
            try {
                const receipt = await this.call(
                    "confirm",
                    owed.account.id,
                    preview.amount,
                    this.key,
                    preview.fingerprint,
                    payer,
                    preview.gifts.map((gift) => [gift.id, gift.amount]),
                    { transfer: preview.ways.transfer, card: preview.ways.card, reference },
                    owed.account.payer_id
                );
                this.state.session = receipt.session;
                this.state.owed = null;
                this.state.preview = null;
                this.state.text = "";
                this.state.receipt = receipt;
            } catch (error) {
                // Whatever happened, the spread on the screen may be out of date; the amount typed is kept.
                this.state.preview = null;
                if (!interrupted(error)) {
                    await this.refresh();
                    throw error;
                }
                this.notification.add(
                    _t(
                        "The server was interrupted, so it is not known whether this payment was booked. Press Enter twice: it is booked once, and you get its receipt."
                    ),
                    { type: "warning", sticky: true }
                );
            }
        });
    }

    reset() {
        Object.assign(this.state, { text: "", results: null, owed: null, preview: null, receipt: null, amountText: "" });
        this.focusStart();
    }

    /** After a payment the next scan goes to the search box without a click. */
    onWindowKeydown(ev) {
        const typing = ev.key.length === 1 && !ev.ctrlKey && !ev.altKey && !ev.metaKey && ev.key !== " ";
        if (this.state.receipt && typing && !["INPUT", "TEXTAREA"].includes(document.activeElement?.tagName)) {
            this.searchRef.el?.focus();
        } else if (this.state.receipt && ev.key === "Escape") {
            this.reset();
        }
    }

    printUrl(layout) {
        return `/kdc/receipts/pdf?ids=${this.state.receipt.id}&layout=${layout}`;
    }
}

registry.category("actions").add("kdc_counter", Counter);

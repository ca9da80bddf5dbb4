"""What has to hold before bills may be written by copying: the installed code, the books' settings, the bill itself.

Everything listed here was compared with Odoo's own posting, row by row (``tests/test_bill_press.py``). What is not
listed may be harmless too, but nobody has looked: such bills are posted by Odoo itself.
"""

from collections import defaultdict
from functools import cached_property
from inspect import isfunction

from odoo.tools import SQL

#: Addons whose additions to journal entries and items were looked at; kdc_feedback looks at the mails of all threads,
#: kdc_residents at what is written to the models of the community only.
PROVEN_ADDONS = frozenset(
    """
    account account_edi_ubl_cii account_payment account_reconcile_oca account_statement_base analytic base base_import
    base_sparse_field html_editor kdc_feedback kdc_residents kdc_utilities kdc_utilities_reconcile l10n_vn mail
    phone_validation portal product queue_job rating sale sms snailmail snailmail_account utm web website website_sale
    """.split()
)
#: Models whose stored fields look at entries through payments, statements, matching, orders or disputes. A new bill
#: has none.
LATER_MODELS = frozenset(
    """
    account.analytic.line account.bank.statement account.bank.statement.line account.partial.reconcile account.payment
    kdc.bill.cancellation kdc.bill.dispute sale.order sale.order.line
    """.split()
)
#: What a billing run says about a bill; anything else would be news.
BILL_KEYS = frozenset(
    """
    move_type company_id journal_id partner_id currency_id invoice_date invoice_date_due invoice_payment_term_id
    fiscal_position_id payment_reference invoice_user_id kdc_account_id kdc_run_id kdc_period kdc_reference
    kdc_explanation invoice_line_ids
    """.split()
)
LINE_KEYS = frozenset({"product_id", "name", "account_id", "quantity", "price_unit", "tax_ids"})
#: What is different on each bill. All other values are shared by the bills that are copied from one another.
OWN_KEYS = frozenset(
    {"partner_id", "payment_reference", "kdc_account_id", "kdc_reference", "kdc_explanation", "invoice_line_ids"}
)
#: Columns of a payer that say nothing about an invoice but what is written on it. Payers that differ in any other
#: column, also of an addon unknown here, are never copied from one another.
HARMLESS_PAYER_COLUMNS = [
    "id", "name", "complete_name", "commercial_company_name", "commercial_partner_id", "email", "email_normalized",
    "phone", "phone_sanitized", "street", "street2", "city", "comment", "partner_latitude", "partner_longitude",
    "kdc_area_id", "customer_rank", "create_uid", "create_date", "write_uid", "write_date",
]  # fmt: skip
#: Beyond this, whole numbers in floating point are no longer exact enough for percentages.
MAX_PRICE = 10**12


class Unproven(Exception):
    """A bill or a setting is outside what was compared with Odoo; the text says why, for the log."""


def installed_code(env):
    """Return what of the installed code was not looked at, or an empty string."""
    models = [env["account.move"], env["account.move.line"]]
    for model in models:
        if strange := strangers(model):
            return strange
        patched = sorted(name for name, value in vars(type(model)).items() if isfunction(value))
        if patched:
            return f"{', '.join(patched)} of {model._name} was replaced at run time (automation rules do so)"
        manual = sorted(name for name, field in model._fields.items() if field.manual and field.store)
        if manual:
            return f"fields were added to {model._name} by hand: {', '.join(manual)}"
    known = LATER_MODELS | {model._name for model in models}
    dependent = {
        str(field)
        for model in models
        for source in model._fields.values()
        for field in env.registry.get_dependent_fields(source)
        if field.store and field.compute and field.model_name not in known
    }
    return f"stored fields depend on bills: {', '.join(sorted(dependent))}" if dependent else ""


def strangers(model):
    """Return which addons extend a model that were not looked at, or an empty string."""
    paths = (cls.__module__.split(".") for cls in type(model).mro())
    unknown = {path[2] for path in paths if path[:2] == ["odoo", "addons"]} - PROVEN_ADDONS
    return f"{', '.join(sorted(unknown))} extends {model._name}" if unknown else ""


def settings(env, vals):
    """Return which setting of the books of a bill with these values was not compared, or an empty string."""
    # sudo: whoever issues bills may not read all settings of accounting, but they apply to the bills all the same.
    env = env(su=True)
    company = env["res.company"].browse(vals["company_id"])
    journal = env["account.journal"].browse(vals["journal_id"])
    reasons = {
        "bills are in another currency than the books": vals["currency_id"] != company.currency_id.id,
        "the currency has parts smaller than 1": company.currency_id.rounding != 1,
        "taxes are rounded on the total": company.tax_calculation_rounding_method != "round_per_line",
        "the journal seals its entries": journal.restrict_mode_hash_table,
        "analytic rules may apply": env["account.analytic.distribution.model"].search_count([], limit=1),
        "bills have payment terms or a fiscal position": vals["invoice_payment_term_id"] or vals["fiscal_position_id"],
        "these are no invoices": vals["move_type"] != "out_invoice",
    }
    return next((text for text, found in reasons.items() if found), "")


def payer_classes(env, partner_ids):
    """Return partner id → what its invoices depend on; payers with addresses of their own for invoices are left out."""
    env["res.partner"].flush_model()
    query = SQL(
        """
        SELECT p.id, md5((to_jsonb(p) - %(harmless)s::text[])::text)
          FROM res_partner p
         WHERE p.id = ANY(%(ids)s) AND p.parent_id IS NULL
           AND NOT EXISTS (SELECT FROM res_partner c
                            WHERE c.commercial_partner_id = p.id AND c.type IS DISTINCT FROM 'contact')
        """,
        harmless=HARMLESS_PAYER_COLUMNS,
        ids=list(partner_ids),
    )
    return dict(env.execute_query(query))


class TaxTable:
    """Odoo's own tax on one line, computed once for every tax and price."""

    def __init__(self, env):
        # sudo: the taxes of bills are chosen by the tariff; whoever issues bills may not read them.
        self._taxes = env["account.tax"].sudo()
        self._amounts = defaultdict(dict)

    def amounts(self, tax_id, price):
        """Return (net, tax) of one piece at this price in VND; without a tax when ``tax_id`` is False.

        :raises Unproven: the tax is of a kind that was not compared.
        """
        known = self._amounts.get(tax_id)
        if known is None:
            self._check(self._taxes.browse(tax_id))
            known = self._amounts[tax_id]
        if price not in known:
            details = self._taxes.browse(tax_id)._get_tax_details(float(price), 1.0, precision_rounding=1.0)
            net, total = round(details["total_excluded"]), round(details["total_included"])
            known[price] = net, total - net
        return known[price]

    @staticmethod
    def _check(tax):
        parts = tax.invoice_repartition_line_ids
        part = parts.filtered(lambda line: line.repartition_type == "tax")
        plain = not tax or (
            tax.amount_type == "percent"
            and tax.amount >= 0
            and tax.tax_exigibility == "on_invoice"
            and len(parts) == 2
            and part.factor_percent == 100
            and part.account_id
        )
        if not plain:
            raise Unproven(f"tax {tax.name} is not a plain percentage")


class Plan:
    """One bill to write: its amounts as Odoo computes them, and what it has in common with others."""

    def __init__(self, vals, taxes):
        self.vals = vals
        #: Set once it is posted, by whichever way.
        self.move_id = None
        #: (key, values, net, tax) of each line; lines with the same key differ in text and amounts only.
        self.lines = []
        #: Tax id → (net, tax), in the order of the lines. A tax that rounds to nothing gets no journal item.
        self.taxes = {}
        self.net = self.tax = 0
        #: Why it is not of the kind that was compared with Odoo; empty when it is.
        self.odd = ""
        try:
            self._compute(taxes)
        except Unproven as reason:
            self.odd = str(reason)

    def _compute(self, taxes):
        if self.vals.keys() != BILL_KEYS:
            raise Unproven(f"unusual values: {', '.join(sorted(self.vals.keys() ^ BILL_KEYS))}")
        for line in self.vals["invoice_line_ids"]:
            self._add_line(line, taxes)
        self.taxes = {tax: amounts for tax, amounts in self.taxes.items() if amounts[1]}
        if any(tax and key[-2] not in self.taxes for key, _vals, _net, tax in self.lines):
            raise Unproven("taxes of rebates use up those of other lines")
        explanation = self.vals["kdc_explanation"]
        if self.total < 0:
            raise Unproven("less than nothing is to be paid")
        if not self.vals["payment_reference"]:
            raise Unproven("a payment code is missing")
        if not explanation or (self.net, self.tax) != (explanation["net"], explanation["vat"]):
            raise Unproven("the amounts differ from the explanation")

    def _add_line(self, command, taxes):
        vals = command[2]
        if command[0] or not isinstance(vals, dict) or vals.keys() != LINE_KEYS:
            raise Unproven("unusual lines")
        price = vals["price_unit"]
        tax_ids = [tax for _command, _id, ids in vals["tax_ids"] for tax in ids]
        if vals["quantity"] != 1 or price != int(price) or abs(price) > MAX_PRICE or len(tax_ids) > 1:
            raise Unproven("lines with quantities, fractions or several taxes")
        if not vals["name"]:
            raise Unproven("lines without a text")
        tax_id = tax_ids[0] if tax_ids else False
        net, tax = taxes.amounts(tax_id, price)
        self.lines.append((("product", vals["product_id"], vals["account_id"], tax_id, net < 0), vals, net, tax))
        self.net += net
        self.tax += tax
        if tax_id:
            before = self.taxes.get(tax_id, (0, 0))
            self.taxes[tax_id] = before[0] + net, before[1] + tax

    @property
    def total(self):
        return self.net + self.tax

    @property
    def shape(self):
        """What it has in common with those it may be copied from, besides the kind of payer."""
        common = tuple(sorted((name, str(value)) for name, value in self.vals.items() if name not in OWN_KEYS))
        # What costs nothing is paid at once.
        return common, bool(self.total)

    @cached_property
    def kinds(self):
        """The kinds of its journal items, in Odoo's order; it is only copied from a sample that shows all of them."""
        taxes = [("tax", tax, amount < 0) for tax, (_net, amount) in self.taxes.items()]
        return [key for key, _vals, _net, _tax in self.lines] + taxes + [("term",)]

"""Fields that may be searched with less than their full precision only, or not at all."""

from odoo import fields


class GuardedDate(fields.Date):
    """A date of a model with ``kdc.guarded.mixin``, which says what a user may ask of it.

    The check sits where a condition becomes SQL, so it holds for every way to it: searches, groups, domains over
    relations, exports and record counts, from the client or over RPC.
    """

    def condition_to_sql(self, field_expr, operator, value, model, alias, query):
        if not model.env.su:
            model._refuse_guarded_search(field_expr, operator, value)
        return super().condition_to_sql(field_expr, operator, value, model, alias, query)


class GuardedText(fields.Text):
    """Words that hold a guarded value: nobody finds a date of birth by searching the words of letters for it."""

    def condition_to_sql(self, field_expr, operator, value, model, alias, query):
        if not model.env.su:
            model._refuse_guarded([self.name])
        return super().condition_to_sql(field_expr, operator, value, model, alias, query)

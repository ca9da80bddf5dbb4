from odoo import models


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def _inaccessible_comodel_records(self, model_and_ids, operation):
        """Override of `base`: files of a feedback lie in its chatter and are for those who handle it.

        Photos for others to see are rows of their own, see ``kdc.feedback.photo``.
        """
        others = {model: ids for model, ids in model_and_ids.items() if model != "kdc.feedback"}
        yield from super()._inaccessible_comodel_records(others, operation)
        cases = {model: ids for model, ids in model_and_ids.items() if model not in others}
        yield from super()._inaccessible_comodel_records(cases, "write")

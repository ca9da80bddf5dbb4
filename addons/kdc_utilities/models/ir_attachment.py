from odoo import api, models
from odoo.exceptions import UserError

#: What says which paper of which record an attachment is, and what is in it.
CONTENT = frozenset(
    {"datas", "raw", "db_datas", "store_fname", "checksum", "type", "url", "res_model", "res_id", "res_field"}
)


class IrAttachment(models.Model):
    """The paper that two persons decided by stays as they saw it, also when it is written to as an attachment.

    The record itself refuses changes by its own ``write``, which keeps its paper here as the system.
    """

    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        attachments = super().create(vals_list)
        attachments._kdc_check_undecided()
        return attachments

    def write(self, vals):
        if not CONTENT & vals.keys():
            return super().write(vals)
        self._kdc_check_undecided()
        result = super().write(vals)
        self._kdc_check_undecided()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        self._kdc_check_undecided()

    def _kdc_check_undecided(self):
        """Refuse to touch the field of a record that was approved."""
        if self.env.su:
            return
        # sudo: what belongs to a field is hidden from the search of others; only the state of the record is looked at
        for paper in self.sudo().filtered(lambda attachment: attachment.res_field and attachment.res_id):
            model = self.env.get(paper.res_model)
            if model is not None and hasattr(model, "_step_fields"):
                record = model.sudo().browse(paper.res_id).exists()  # sudo: as above
                if record and record.state != "draft":
                    raise UserError(self.env._("A decision was made by this paper, so it stays as it was."))

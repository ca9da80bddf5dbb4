from odoo import api, models


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_privacy(self):
        """Residents say what they agree to: on the portal, on paper, and one of them changes her mind."""
        heads = self._main_households().head_id
        if len(heads) < 3:
            return
        consents = self.env["kdc.consent"]
        for login, head in (("cudan", heads[0]), ("cudan2", heads[1])):
            consents.with_user(self._user(login))._record(head, "text_notice", "given", "portal")
        consents.with_user(self._user("cudan2"))._record(heads[1], "text_notice", "withdrawn", "portal")
        officer = consents.with_user(self._user("canbo"))
        officer._record(heads[2], "text_notice", "given", "paper", reference="03/2026/ĐY-TDP")

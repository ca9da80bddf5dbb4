from datetime import timedelta

from odoo import api, fields, models

#: position of the household in the main ward, kind, number, issued how many days ago, ends in how many days
DOCUMENTS = (
    (0, "citizen_card", "", 1500, 2150),
    (0, "passport", "C4821937", 3620, 32),
    (0, "health_insurance", "5620417385", 330, 35),
    (1, "citizen_card", "", 800, 2850),
    (1, "driving_licence", "560198027431", 3700, -50),
    (2, "old_card", "225417903", 5600, -120),
)
#: days ago, what was done, what data, purpose
LOOKS = (
    (41, "open", "record", False),
    (41, "reveal", "identity", "request"),
    (12, "reveal", "identity", "verify"),
    (3, "open", "record", False),
)


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_identity(self):
        """Give a few people identity documents, two of which end soon, and show who looked at the first one."""
        documents = self.env["kdc.identity.document"]
        if documents.search_count([], limit=1):
            return
        heads = self._main_households().head_id
        today = fields.Date.context_today(self)
        documents.create(
            [
                {
                    "resident_id": heads[place].id,
                    "kind": kind,
                    "number": number or heads[place].personal_number,
                    "issue_date": today - timedelta(days=since),
                    "issue_place": "Cục Cảnh sát quản lý hành chính về trật tự xã hội" if not number else False,
                    "expiry_date": today + timedelta(days=until),
                }
                for place, kind, number, since, until in DOCUMENTS
                if place < len(heads) and (number or heads[place].personal_number)
            ]
        )
        officer = self.env["res.users"].search([("login", "=", "canbo")])
        log = self.env["kdc.access.log"]
        actor = log.with_user(officer)._actor(heads[:1].company_id)
        log.create(
            [
                {
                    "resident_id": heads[:1].id,
                    "company_id": heads[:1].company_id.id,
                    "date": fields.Datetime.now() - timedelta(days=days),
                    "user_id": officer.id,
                    "actor": actor,
                    "kind": kind,
                    "subject": subject,
                    "purpose": purpose,
                    "keep_until": today + timedelta(days=730 - days),
                }
                for days, kind, subject, purpose in LOOKS
            ]
            if officer
            else []
        )

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.actions import dialogue


class KdcDuplicate(models.Model):
    """Two records that may be one person: same folded name and date of birth, or same phone and one of both.

    The same personal number cannot occur twice in a ward, the database sees to that. A pair that an officer has called
    two people is remembered and not shown again.
    """

    _name = "kdc.duplicate"
    _description = "Possible duplicate"
    _order = "state_order, by_phone DESC, id DESC"
    _rec_name = "resident_id"

    resident_id = fields.Many2one("kdc.resident", string="One record", required=True, index=True, ondelete="cascade")
    other_id = fields.Many2one("kdc.resident", string="Other record", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", string="Ward office", required=True, index=True)
    by_name = fields.Boolean(string="Same name and birth")
    by_phone = fields.Boolean(string="Same phone")
    birth_display = fields.Char(related="resident_id.birth_display", string="Born")
    household_id = fields.Many2one(related="resident_id.household_id", string="Household")
    other_birth_display = fields.Char(related="other_id.birth_display", string="Born (other)")
    other_household_id = fields.Many2one(related="other_id.household_id", string="Household (other)")
    state = fields.Selection(
        [("suspected", "To check"), ("different", "Two people"), ("merged", "Merged")],
        required=True,
        default="suspected",
        index=True,
    )
    state_order = fields.Integer(compute="_compute_state_order", store=True)
    decided_by = fields.Many2one("res.users", readonly=True)
    decided_date = fields.Datetime(string="Decided on", readonly=True)
    checked = fields.Datetime(string="Compared on", readonly=True)

    _pair_uniq = models.UniqueIndex("(resident_id, other_id)")
    _pair_ordered = models.Constraint("CHECK (resident_id < other_id)", "A pair is stored once, lower number first.")

    @api.depends("state")
    def _compute_state_order(self):
        for pair in self:
            pair.state_order = 0 if pair.state == "suspected" else 1

    @api.model
    def _find(self, residents=None):
        """Note pairs that look like one person, in one statement; forget suspicions that no longer hold.

        :param residents: look for these only; by default everybody is compared
        :return: the pairs found, in sudo, whatever their state
        """
        self.env.flush_all()
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                """
                WITH people AS (
                    SELECT r.id, r.company_id, r.search_key, r.birth_date, p.phone
                      FROM kdc_resident r JOIN res_partner p ON p.id = r.partner_id
                     WHERE r.active
                ), pairs AS (
                    SELECT LEAST(a.id, b.id) AS one, GREATEST(a.id, b.id) AS other, a.company_id,
                           TRUE AS by_name, FALSE AS by_phone
                      FROM people a
                      JOIN people b ON b.company_id = a.company_id AND b.search_key = a.search_key
                                   AND b.birth_date = a.birth_date AND b.id <> a.id
                     WHERE %(everybody)s OR a.id = ANY(%(ids)s)
                     UNION ALL
                    SELECT LEAST(a.id, b.id), GREATEST(a.id, b.id), a.company_id, FALSE, TRUE
                      FROM people a
                      JOIN people b ON b.company_id = a.company_id AND b.phone = a.phone AND b.id <> a.id
                                   AND (b.search_key = a.search_key OR b.birth_date = a.birth_date)
                     WHERE a.phone <> '' AND (%(everybody)s OR a.id = ANY(%(ids)s))
                )
                INSERT INTO kdc_duplicate AS d
                       (resident_id, other_id, company_id, by_name, by_phone, state, state_order, checked,
                        create_uid, create_date, write_uid, write_date)
                SELECT one, other, company_id, bool_or(by_name), bool_or(by_phone), 'suspected', 0, %(now)s,
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM pairs GROUP BY one, other, company_id
                ON CONFLICT (resident_id, other_id) DO UPDATE
                        SET by_name = EXCLUDED.by_name, by_phone = EXCLUDED.by_phone, checked = EXCLUDED.checked
                  RETURNING d.id
                """,
                everybody=residents is None,
                ids=residents.ids if residents is not None else [],
                now=now,
                uid=self.env.uid,
            )
        )
        # sudo: pairs are written by the register itself.
        pairs = self.sudo()
        found = [row[0] for row in rows]
        stale = [("state", "=", "suspected"), ("id", "not in", found)]
        if residents is not None:
            stale += ["|", ("resident_id", "in", residents.ids), ("other_id", "in", residents.ids)]
        pairs.search(stale).unlink()
        pairs.invalidate_model()
        return pairs.browse(found)

    @api.model
    def _cron_find(self):
        """Compare everybody once a night."""
        self._find()

    def _check_officer(self):
        if not self.env.user.has_group("kdc_residents.group_officer"):
            raise UserError(self.env._("Only registry officers decide on possible duplicates."))
        self.check_access("read")

    def action_search(self):
        """Compare everybody now and show what is to check."""
        self._check_officer()
        self._find()
        return self.env["ir.actions.act_window"]._for_xml_id("kdc_residents.kdc_duplicate_action")

    def action_different(self):
        """Remember that these are two people."""
        self._decide("different")

    def action_reopen(self):
        """Look at the pair again after all."""
        self._check_officer()
        # sudo: decided by method only; the officer was just checked.
        self.sudo().filtered(lambda pair: pair.state == "different").write(
            {"state": "suspected", "decided_by": False, "decided_date": False}
        )

    def _decide(self, state):
        self._check_officer()
        # sudo: decided by method only; the officer was just checked.
        self.sudo().filtered(lambda pair: pair.state == "suspected").write(
            {"state": state, "decided_by": self.env.uid, "decided_date": fields.Datetime.now()}
        )

    def action_merge(self):
        """Open the merge of this pair."""
        self.ensure_one()
        title = self.env._("Merge two records of one person")
        return dialogue("kdc.resident.merge", title, keep_id=self.resident_id.id, drop_id=self.other_id.id)

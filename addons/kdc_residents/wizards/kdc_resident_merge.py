from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.actions import form_of
from ..tools.local_day import today_here
from ..tools.locks import lock_or_retry

#: What the kept record takes over where it knows nothing.
FILLED = ("birth_date", "sex", "phone", "email", "function")


class KdcResidentMerge(models.TransientModel):
    """Makes one person out of two records: everything moves to the kept one, the other is archived with a pointer."""

    _name = "kdc.resident.merge"
    _description = "Merge Two Residents"

    keep_id = fields.Many2one("kdc.resident", required=True, ondelete="cascade")
    drop_id = fields.Many2one("kdc.resident", string="Archive", required=True, ondelete="cascade")
    keep_birth = fields.Char(related="keep_id.birth_display", string="Born")
    keep_number = fields.Char(related="keep_id.personal_number_masked", string="Personal number")
    keep_phone = fields.Char(related="keep_id.phone_display", string="Phone")
    keep_household_id = fields.Many2one(related="keep_id.household_id", string="Household")
    keep_role = fields.Selection(related="keep_id.role", string="Relationship to head")
    drop_birth = fields.Char(related="drop_id.birth_display", string="Born (other)")
    drop_number = fields.Char(related="drop_id.personal_number_masked", string="Personal number (other)")
    drop_phone = fields.Char(related="drop_id.phone_display", string="Phone (other)")
    drop_household_id = fields.Many2one(related="drop_id.household_id", string="Household (other)")
    drop_role = fields.Selection(related="drop_id.role", string="Relationship to head (other)")
    problems = fields.Text(compute="_compute_problems")

    @api.depends("keep_id", "drop_id")
    def _compute_problems(self):
        for wizard in self:
            wizard.problems = "\n".join(wizard._problems()) if wizard.keep_id and wizard.drop_id else ""

    def _accounts(self, resident):
        # sudo: officers may not read accounts; only whether there is one.
        return resident.sudo().partner_id.with_context(active_test=False).user_ids.filtered("active")

    def _problems(self):
        """Return why these two cannot be merged as they are, as sentences that say what to do first."""
        # sudo: the whole of both records counts, whatever the areas of the user.
        keep, drop = self.keep_id.sudo(), self.drop_id.sudo()
        problems = []
        if keep == drop:
            return [self.env._("Choose two different records.")]
        if keep.company_id != drop.company_id:
            problems.append(self.env._("The records belong to two ward offices. Each keeps its own."))
        if not keep.active:
            problems.append(self.env._("The record to keep is archived. Swap the two."))
        if keep.personal_number_sealed and drop.personal_number_sealed:
            problems.append(
                self.env._("They have two different personal numbers. Remove the wrong one after a look at the card.")
            )
        if keep.sex and drop.sex and keep.sex != drop.sex:
            problems.append(self.env._("They have different sex. Correct the wrong one first."))
        if self._accounts(keep) and self._accounts(drop):
            problems.append(self.env._("Both have an account in use. Ask an administrator to close one of them first."))
        if self._accounts(drop).filtered(lambda user: user._is_internal()):
            problems.append(self.env._("The record to archive belongs to a staff account. Swap the two."))
        if drop.role == "head":
            problems.append(
                self.env._(
                    "%(name)s to archive is the head of “%(household)s”. Swap the two, or change the head first.",
                    name=drop.name,
                    household=drop.household_id.name,
                )
            )
        elif keep.household_id and drop.household_id and keep.household_id != drop.household_id:
            problems.append(
                self.env._(
                    "They live in two households (“%(one)s”, “%(other)s”). End the wrong membership first.",
                    one=keep.household_id.name,
                    other=drop.household_id.name,
                )
            )
        return problems

    def action_swap(self):
        """Keep the other one."""
        self.ensure_one()
        self.write({"keep_id": self.drop_id.id, "drop_id": self.keep_id.id})
        return form_of(self, self.env._("Merge two records of one person"), target="new")

    def action_merge(self):
        """Merge, and open the kept record."""
        self.ensure_one()
        if not self.env.user.has_group("kdc_residents.group_admin"):
            raise UserError(self.env._("Only administrators of the register merge people."))
        (self.keep_id | self.drop_id).check_access("write")
        # sudo: references of all addons move, also those the administrator has no right on; just checked above.
        wizard = self.sudo()
        lock_or_retry(wizard.keep_id | wizard.drop_id)
        if problems := wizard._problems():
            raise UserError("\n".join(problems))
        wizard._merge()
        return form_of(self.keep_id)

    def _merge(self):
        """Move everything, fill the gaps, archive. Runs in sudo."""
        keep, drop = self.keep_id, self.drop_id
        today = today_here(self)
        self.env["kdc.invitation"].search([("resident_id", "=", drop.id), ("state", "=", "sent")]).write(
            {"state": "cancelled", "cancel_reason": "officer"}
        )
        self.env["kdc.household.delegation"].search(
            [("resident_id", "=", drop.id), ("date_end", "=", False), ("membership_id", "!=", False)]
        ).action_end()
        self._merge_memberships(keep, drop, today)
        merge = self.env["kdc.merge"]
        moved = merge._move_references(drop, keep)
        for name, (count, left) in merge._move_references(drop.partner_id, keep.partner_id).items():
            before = moved.get(name, (0, 0))
            moved[name] = (max(before[0], count), max(before[1], left))
        self._fill_gaps(keep, drop)
        self._archive(keep, drop, today)
        self._note(keep, drop, moved)

    def _merge_memberships(self, keep, drop, today):
        """Give the kept person the past of the other one; what both say at once stays where it was written."""
        reason = self.env._("Recorded twice")
        live = drop.membership_ids.filtered(lambda m: not m.date_end)
        if live and keep.household_id:
            live.write({"date_end": max(today, live.date_start), "end_reason": reason})
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE kdc_household_membership mine SET resident_id = %s
             WHERE mine.resident_id = %s
               AND NOT EXISTS (SELECT FROM kdc_household_membership other
                                WHERE other.resident_id = %s
                                  AND daterange(mine.date_start, mine.date_end)
                                      && daterange(other.date_start, other.date_end))
         RETURNING mine.id
            """,
            (keep.id, drop.id, keep.id),
        )
        memberships = self.env["kdc.household.membership"].browse(row[0] for row in self.env.cr.fetchall())
        self.env.invalidate_all()
        memberships.modified(["resident_id"])
        (keep | drop).modified(["membership_ids"])
        memberships._after_change()

    def _fill_gaps(self, keep, drop):
        """Take over what only the other record knows."""
        number = not keep.personal_number_sealed and drop.personal_number
        vals = {name: drop[name] for name in FILLED if drop[name] and not keep[name]}
        if "birth_date" in vals:
            vals["birth_year_only"] = drop.birth_year_only
        if number:
            drop.personal_number = False
            drop.flush_recordset()
            vals["personal_number"] = number
        if vals:
            keep.write(vals)

    def _archive(self, keep, drop, today):
        reason = self.env._("Recorded twice: %s", keep.name)
        # What could not move says the same as a record of the kept person.
        self.env["kdc.residence"]._end_with_archive([("resident_id", "=", drop.id)], today, reason, void=True)
        drop.write({"merged_into_id": keep.id, "archive_reason": reason, "archive_date": today})
        drop.with_context(kdc_archive_confirmed=True).action_archive()
        pairs = self.env["kdc.duplicate"]
        pairs.search(
            [("resident_id", "in", (keep | drop).ids), ("other_id", "in", (keep | drop).ids)]
        ).write({"state": "merged", "decided_by": self.env.uid, "decided_date": fields.Datetime.now()})  # fmt: skip
        pairs.search(
            [("state", "=", "suspected"), "|", ("resident_id", "=", drop.id), ("other_id", "=", drop.id)]
        ).unlink()

    def _note(self, keep, drop, moved):
        """Write on both records what happened; on the kept one also what moved."""
        names = {model.model: model.name for model in self.env["ir.model"].search([("model", "in", list(moved))])}
        lines = [
            self.env._("%(what)s: %(count)s moved, %(left)s left", what=names.get(name, name), count=count, left=left)
            if left
            else f"{names.get(name, name)}: {count}"
            for name, (count, left) in sorted(moved.items())
            if name in names
        ]
        keep._message_log(
            body=self.env._(
                "Merged with the record no. %(number)s of %(name)s. Moved: %(moved)s",
                number=drop.id,
                name=drop.name,
                moved="; ".join(lines) or self.env._("nothing"),
            )
        )
        drop._message_log(
            body=self.env._("Merged into the record no. %(number)s of %(name)s.", number=keep.id, name=keep.name)
        )

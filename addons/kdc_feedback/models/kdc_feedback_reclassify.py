from odoo import api, fields, models

#: What the assignment rules look at.
RULED_BY = ("category_id", "area_id")


class KdcFeedback(models.Model):
    """Another category or area means another unit, by the assignment rules.

    A dispatcher who changes it moves the work at once. A handler keeps it, who would else lose the form while saving,
    and is offered to pass it on. Both clocks run on; the promised date follows the category as always.
    """

    _inherit = "kdc.feedback"

    def write(self, vals):
        moves = not self.env.su and self.env.user.has_group("kdc_feedback.group_dispatcher")
        ruled = moves and not vals.keys().isdisjoint(RULED_BY)
        before = {feedback: [feedback[name] for name in RULED_BY] for feedback in self} if ruled else {}
        result = super().write(vals)
        for feedback, was in before.items():
            if feedback.is_open and was != [feedback[name] for name in RULED_BY]:
                feedback._follow_rules(was[0])
        if not vals.keys().isdisjoint(RULED_BY):
            # After the change of unit, whose signature stands under the answer.
            self._look_for_incident()
        return result

    def _ruled(self):
        """Unit and handler that the rules name for it today.

        :returns: ``(kdc.feedback.unit, res.users)``, the user possibly empty
        """
        self.ensure_one()
        values = self._assignment_values(
            self.company_id,
            {**{name: self[name].id for name in RULED_BY}, "submitted_at": fields.Datetime.now()},
        )
        # sudo: where it would go is no secret to who handles it, though he may not read that unit's rules
        env = self.sudo().env
        return env["kdc.feedback.unit"].browse(values["unit_id"]), env["res.users"].browse(values.get("user_id") or [])

    def _follow_rules(self, category):
        """Pass it to the unit of the rules, when that is another one; the reporter reads why.

        :param category: the former category
        """
        unit, user = self._ruled()
        if not unit or unit == self.unit_id:
            return
        why = None
        if category != self.category_id:
            names = {"before": category.name or "–", "after": self.category_id.name or "–"}
            why = self.env._("Subject: %(before)s → %(after)s.", **names)
        note = self.env._("Passed on from %(unit)s by the assignment rules.", unit=self.unit_id.name or "–")
        self._staff_transfer(unit, " ".join(filter(None, (why, note))), why=why, user=user)

    @api.onchange("category_id", "area_id")
    def _onchange_ruled_by(self):
        """Say beforehand where it goes, or where it should go."""
        feedback = self._origin
        if not feedback or not feedback.is_open or all(self[name] == feedback[name] for name in RULED_BY):
            return None
        unit, _user = self._ruled()
        if not unit or unit == feedback.unit_id:
            return None
        if self.env.user.has_group("kdc_feedback.group_dispatcher"):
            message = self.env._("When you save, it goes to %(unit)s, whose subject and area this is.", unit=unit.name)
        else:
            message = self.env._(
                "This is the work of %(unit)s. It stays with you: save, then “Pass on” proposes that unit.",
                unit=unit.name,
            )
        return {"warning": {"title": self.env._("Another unit"), "message": message, "type": "notification"}}

from odoo import api, fields, models
from odoo.fields import Domain

from .kdc_feedback_following import SHARED

#: A change of these can take a feedback, or its words, from the eyes of others.
TAKES_AWAY = {"name", "is_private", "is_hidden", "category_id"}


class KdcFeedbackWatch(models.Model):
    """A resident wants to hear of public feedback of an area, of a category, or of both together."""

    _name = "kdc.feedback.watch"
    _description = "Followed Area or Subject"
    _order = "id desc"

    partner_id = fields.Many2one("res.partner", string="Resident", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, index=True)
    area_id = fields.Many2one("kdc.area", string="Residential group", index=True, ondelete="cascade")
    category_id = fields.Many2one("kdc.feedback.category", string="Subject", index=True, ondelete="cascade")

    _something = models.Constraint(
        "CHECK (area_id IS NOT NULL OR category_id IS NOT NULL)", "Choose a residential group or a subject to follow."
    )
    _once = models.UniqueIndex(
        "(partner_id, company_id, COALESCE(area_id, 0), COALESCE(category_id, 0))", "This is followed already."
    )

    @api.depends("area_id", "category_id")
    def _compute_display_name(self):
        for watch in self:
            watch.display_name = ", ".join(filter(None, (watch.category_id.name, watch.area_id.name)))

    @api.model
    def _of(self, partner):
        """What a person follows, in superuser mode."""
        # sudo: residents hold no right on the rows; the person is the domain
        return self.sudo().search([("partner_id", "=", partner.id)])

    @api.model
    def _find(self, partner, company, area, category):
        """The person's row for this area and category, in superuser mode; possibly empty."""
        return self._of(partner).filtered(
            lambda one: one.company_id == company and one.area_id == area and one.category_id == category
        )


class KdcFeedback(models.Model):
    _inherit = "kdc.feedback"

    def _step(self, action, **options):
        """Tell those who follow the area or the subject what everybody can read now."""
        # sudo: only whether it was public before
        before = self.sudo().filtered("is_public")
        result = super()._step(action, **options)
        # sudo: notices are the system's, whoever took the step
        public = self.sudo().filtered("is_public")
        (public - before)._tell_watchers("new")
        if action == "finish":
            (public & before)._tell_watchers("result")
        return result

    def write(self, vals):
        """What is taken from the eyes of others goes from the notices that told them of it, too."""
        result = super().write(vals)
        if TAKES_AWAY & vals.keys():
            self._take_back_notices("name" in vals)
        return result

    def _take_back_notices(self, reworded):
        """Delete notices that lead to pages their reader may no longer see; leave no former subject in the others.

        :param reworded: the subject is another one now
        """
        for feedback in self.sudo():  # sudo: notices are the system's, whoever takes the words away
            if not feedback.is_public:
                feedback._told_watchers().unlink()
            if not feedback.filtered_domain(SHARED):
                feedback._told_followers().unlink()
            if reworded:
                (feedback._told_watchers() | feedback._told_followers()).body = False

    def _told_followers(self):
        """Notices to those with the same matter, in sudo."""
        self.ensure_one()
        # sudo: whoever they are for
        return self.env["kdc.notification"].sudo().search([("url", "=", f"/my/feedback/followed/{self.id}")])

    def _told_watchers(self):
        """Notices to those who follow its area or subject, in sudo; another ward may use the same number."""
        self.ensure_one()
        # sudo: whoever they are for
        notices = self.env["kdc.notification"].sudo().search([("url", "=", f"/phan-anh/{self.number}")])
        residents = notices.env["kdc.resident"].search([("partner_id", "in", notices.partner_id.ids)])
        strangers = residents.filtered(lambda resident: resident.company_id != self.company_id).partner_id
        return notices.filtered(lambda notice: notice.partner_id not in strangers)

    def _watch_domain(self):
        """Domain of those who follow this feedback's area and subject, the reporter left out."""
        self.ensure_one()
        subjects = (self.category_id | self.category_id.parent_id).ids
        return (
            Domain("company_id", "=", self.company_id.id)
            & Domain("area_id", "in", [self.area_id.id, False])
            & Domain("category_id", "in", [*subjects, False])
            & Domain("partner_id", "!=", self.partner_id.id)
        )

    def _tell_watchers(self, event):
        """A notice to everybody who follows; texts are those of the public board.

        :param event: ``new`` or ``result``
        """
        for feedback in self:
            watchers = self.env["kdc.feedback.watch"].search(feedback._watch_domain()).partner_id
            # Not _notify(): it may send a text message, which is paid for what concerns the person.
            self.env["kdc.notification"].create(
                [
                    {
                        "partner_id": partner.id,
                        "title": feedback.with_context(lang=partner.lang or "vi_VN")._watch_title(event),
                        "body": feedback._public_name(),
                        "url": f"/phan-anh/{feedback.number}",
                    }
                    for partner in watchers
                ]
            )

    def _watch_title(self, event):
        self.ensure_one()
        if event == "result":
            return self.env._("Feedback %(number)s, which you follow, has a result", number=self.number)
        return self.env._("New feedback in what you follow: %(number)s", number=self.number)


class KdcFeedbackCategory(models.Model):
    _inherit = "kdc.feedback.category"

    def write(self, vals):
        """A category that leaves the board takes what notices told of its feedback with it."""
        result = super().write(vals)
        if not vals.get("is_public", True):
            # sudo: notices and feedback of every ward that uses the category
            cases = self.env["kdc.feedback"].sudo().search([("category_id", "in", self.ids)])
            followed, shown = "/my/feedback/followed/", "/phan-anh/"
            told = cases.env["kdc.notification"].search(
                [
                    "|",
                    ("url", "in", [f"{followed}{case.id}" for case in cases]),
                    ("url", "in", [f"{shown}{case.number}" for case in cases]),
                ]
            )
            urls = set(told.mapped("url"))
            cases.filtered(
                lambda case: f"{followed}{case.id}" in urls or f"{shown}{case.number}" in urls
            )._take_back_notices(False)
        return result


class KdcResident(models.Model):
    _inherit = "kdc.resident"

    def _kdc_my_data(self):
        """Add what the person follows."""
        return [
            *super()._kdc_my_data(),
            self._kdc_section(
                "feedback_watch",
                self.env._("Areas and subjects of feedback you follow"),
                self.env["kdc.feedback.watch"]._of(self.partner_id),
                ["display_name", "create_date"],
            ),
        ]

    def _kdc_erase_more(self, keys):
        """Following ends with the person's data."""
        self.env["kdc.feedback.watch"].search([("partner_id", "=", self.partner_id.id)]).unlink()
        return super()._kdc_erase_more(keys)

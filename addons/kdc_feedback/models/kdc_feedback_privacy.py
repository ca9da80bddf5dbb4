from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

#: Here the reporter has chosen what becomes of the name; by telephone or at the counter the staff note it.
CHOSEN_BY_REPORTER = ("portal", "guest", "email", "open311")


class KdcFeedback(models.Model):
    """Who may know the reporter: everybody, only who handles it, or nobody because no name is stored."""

    _inherit = "kdc.feedback"

    privacy = fields.Selection(
        [
            ("named", "Name may be shown"),
            ("hidden", "Name hidden from the public"),
            ("anonymous", "No name stored"),
        ],
        required=True,
        default="hidden",
        tracking=True,
    )
    is_private = fields.Boolean(string="Not for the public board", tracking=True)
    private_by_id = fields.Many2one(
        "res.users",
        string="Kept from the public by",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="Who of the ward chose it; empty when the reporter did. What the ward chose it can undo.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Reporter",
        index="btree_not_null",
        ondelete="restrict",
        groups="kdc_feedback.group_handler",
    )
    contact_name = fields.Char(
        string="Caller", groups="kdc_feedback.group_handler", help="For a reporter who is no registered resident."
    )
    contact_phone = fields.Char(string="Caller's phone", groups="kdc_feedback.group_handler")
    reporter_name = fields.Char(compute="_compute_reporter_name", compute_sudo=True)

    _anonymous_has_no_name = models.Constraint(
        "CHECK (privacy <> 'anonymous'"
        " OR COALESCE(partner_id::text, contact_name, contact_phone, contact_email) IS NULL)",
        "Anonymous feedback stores no name, no phone and no e-mail address.",
    )

    @api.depends("privacy", "partner_id.name", "contact_name")
    @api.depends_context("uid")
    def _compute_reporter_name(self):
        """The name as this user may read it: whoever does not handle feedback sees no hidden name."""
        may_see = self.env.user.has_group("kdc_feedback.group_handler")
        withdrawn = self.browse() if may_see else self._name_withdrawn()
        for feedback in self:
            if feedback.privacy == "anonymous":
                feedback.reporter_name = self.env._("Anonymous")
            elif not may_see and (feedback.privacy == "hidden" or feedback in withdrawn):
                feedback.reporter_name = self.env._("Name hidden")
            else:
                feedback.reporter_name = feedback.partner_id.name or feedback.contact_name or self.env._("Unknown")

    def _name_withdrawn(self):
        """Return those of residents who no longer agree that their name is shown to the public."""
        # sudo: consents are closed to the public
        named = self.sudo().filtered(lambda feedback: feedback.privacy == "named" and feedback.partner_id)
        residents = named.env["kdc.resident"].search([("partner_id", "in", named.partner_id.ids)])
        hidden = (residents - residents._kdc_with_consent("public_name")).partner_id
        return named.filtered(lambda feedback: feedback.partner_id in hidden).with_env(self.env)

    def _check_name_choice(self, vals):
        """The staff may hide a name, never show one against what the reporter chose: silence is no consent.

        :raises UserError: ``vals`` would show a name that the reporter did not show
        """
        if self.env.su or not {"privacy", "partner_id", "channel"} & vals.keys():
            return
        for feedback in self.filtered(lambda one: one.channel in CHOSEN_BY_REPORTER):
            named = vals.get("privacy", feedback.privacy) == "named"
            other = vals.get("partner_id", feedback.partner_id.id) != feedback.partner_id.id
            moved = vals.get("channel", feedback.channel) != feedback.channel
            if moved or (named and (feedback.privacy != "named" or other)):
                raise UserError(
                    self.env._(
                        "The reporter chose whether the name of %(number)s is shown. You may hide it, "
                        "but only the reporter can agree to its being shown.",
                        number=feedback.number,
                    )
                )

    def write(self, vals):
        if "is_private" not in vals:
            return super().write(vals)
        changed = self.filtered(lambda one: one.is_private != bool(vals["is_private"]))
        result = super().write(vals)
        # sudo: protected; reporters choose when they send, so whoever changes it later is of the ward
        changed.sudo().private_by_id = self.env.user if vals["is_private"] else False
        return result

    def _check_board_choice(self, vals):
        """What the reporter keeps off the board stays off it; a mail, which asks nobody, is opened by dispatchers.

        What somebody of the ward took off, the same person, the head of the unit or a dispatcher puts back.

        :raises UserError: ``vals`` would put it on the board
        """
        if self.env.su or vals.get("is_private", True):
            return
        dispatches = self.env.user.has_group("kdc_feedback.group_dispatcher")
        for feedback in self.filtered("is_private"):
            if feedback.private_by_id:
                if not dispatches and self.env.user not in feedback.private_by_id | feedback.unit_id.leader_id:
                    raise UserError(
                        self.env._(
                            "%(user)s took %(number)s off the public board. "
                            "The head of the unit or a dispatcher can put it back.",
                            user=feedback.private_by_id.sudo().name,  # sudo: a colleague's name
                            number=feedback.number,
                        )
                    )
                continue
            if feedback.channel in ("portal", "guest"):
                raise UserError(
                    self.env._(
                        "The reporter of %(number)s does not want it on the public board. "
                        "What has to be known to all is better told as works or an outage.",
                        number=feedback.number,
                    )
                )
            if feedback.channel == "email" and not dispatches:
                raise UserError(
                    self.env._(
                        "%(number)s came by mail: a dispatcher decides whether it is public.", number=feedback.number
                    )
                )

    def _note_name_consent(self):
        """Write down what was agreed to on the telephone or at the counter.

        What comes online is agreed to by whoever sends it (``_submit``), and a part of a letter says nothing new.
        """
        heard = self.filtered(lambda one: one.channel not in CHOSEN_BY_REPORTER and not one.split_from_id)
        heard._record_name_consent()

    def _record_name_consent(self):
        """Whoever lets everybody know the name agrees with that to its being shown (Luật 91/2025/QH15, điều 9)."""
        # sudo: nobody writes consents; this one follows from what the reporter chose
        named = self.sudo().filtered(lambda feedback: feedback.privacy == "named" and feedback.partner_id)
        residents = named.env["kdc.resident"].search([("partner_id", "in", named.partner_id.ids)])
        sent = named.filtered(lambda feedback: feedback.channel in CHOSEN_BY_REPORTER).partner_id
        for resident in residents:
            online = resident.partner_id in sent
            # The system stores what a resident sends, but it is the resident who agrees.
            actor = (online and resident.partner_id.user_ids[:1]) or self.env.user
            consents = self.env["kdc.consent"].with_user(actor)
            consents._record(resident, "public_name", "given", "portal" if online else "spoken")

    def _for_outsider(self):
        """This feedback in the hands of the system when somebody from outside acts, else as superuser.

        Plain sudo would keep a resident as creator of the rows and as author in the chatter, where heads of groups and
        auditors would read the hidden name.
        """
        if self.env.user.share:
            return self.with_user(SUPERUSER_ID).with_context(lang=self.env.lang)
        return self.sudo()  # sudo: the staff keep their name; the caller has checked what is done

    def _leave_no_trace(self):
        """Write to the database now, while the system's own user acts for a reporter.

        What is still in the cache at the end of a request is written in the name of whoever is signed in.
        """
        if self.env.uid == SUPERUSER_ID:
            self.env.flush_all()

from odoo import fields, models


class KdcCustomerAccount(models.Model):
    """How the bills of an account reach people."""

    _inherit = "kdc.customer.account"

    delivery_channel = fields.Selection(
        [
            ("auto", "As it reaches them: residents' pages, else e-mail, else paper"),
            ("email", "E-mail"),
            ("text", "Text message"),
            ("paper", "Paper"),
        ],
        string="Gets the bill by",
        required=True,
        default="auto",
        help="Whoever uses the residents' pages is told there in any case.",
    )
    viewer_ids = fields.Many2many(
        "res.partner",
        string="Also seen by",
        help="People who see the bills of this account on their pages besides the household: the owner of the shop, "
        "the treasurer of the organisation.",
    )

    def _kdc_bill_readers(self):
        """Return the people who see the bills of this account on the residents' pages (sudo)."""
        # sudo: only notices are addressed with it
        account = self.sudo()
        viewers = account.viewer_ids.filtered(
            lambda partner: any(
                user._kdc_may_see("bills") if user._kdc_household() else user.share for user in partner.user_ids
            )
        )
        payer = account.partner_id.commercial_partner_id
        people = payer | payer.child_ids
        payers = people.filtered(lambda partner: any(payer == user._kdc_payer() for user in partner.user_ids))
        return self._kdc_portal_partners() | viewers | payers

    def _kdc_email(self):
        """Return the e-mail address of the payer, else of the head of the household (sudo); maybe empty."""
        return self.partner_id.email or self.household_id.head_id.email

    def _kdc_text_number(self):
        """Return the number that text messages for this account go to (sudo); empty when none is known."""
        verified = self.household_id.head_id.phone_ids.filtered("verified_date")
        return verified[:1].number or self.partner_id.phone

    def _kdc_bill_channels(self):
        """Return how a bill reaches this account, as tuples of channel, address and why it is not as wished."""
        self.ensure_one()
        # sudo: addresses of the payer, used to deliver only
        account = self.sudo()
        channels = [("notice", False, False)] if account._kdc_bill_readers() else []
        wish = account.delivery_channel
        if wish == "auto" and channels:
            return channels
        email, number = account._kdc_email(), account._kdc_text_number()
        if wish in ("auto", "email") and email:
            return [*channels, ("email", email, False)]
        if wish == "text" and number:
            return [*channels, ("text", number, False)]
        reasons = {
            "email": self.env._("No e-mail address is known"),
            "text": self.env._("No telephone number is known"),
        }
        return [*channels, ("paper", account.dwelling_id.name, reasons.get(wish, False))]

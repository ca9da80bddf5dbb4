from odoo import api, fields, models


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
        """Return the people who see the bills of these accounts on the residents' pages (sudo)."""
        # sudo: only notices are addressed with it
        accounts = self.sudo()
        homes = accounts._kdc_homes_of_payers()
        households = accounts.household_id.union(*homes.values())
        members = {household: household.live_membership_ids.resident_id.partner_id for household in households}
        pairs = []
        for account in accounts:
            payer = account.partner_id.commercial_partner_id
            people = account.viewer_ids | payer | payer.child_ids
            for household in account.household_id | homes.get(payer, households.browse()):
                people |= members[household]
            pairs += [(person, account) for person in people]
        readers = (person for person, _account in self._kdc_reading_pairs(pairs))
        return accounts.env["res.partner"].union(*readers).sorted("id")

    def _kdc_readers_of(self, bills):
        """Return who is told of these bills of the account (sudo): nobody, where they name who paid for it before."""
        # sudo: only whom the bills name
        payers = bills.sudo().partner_id
        return self._kdc_bill_readers() if payers <= self.partner_id else self.env["res.partner"]

    @api.model
    def _kdc_reading_pairs(self, pairs):
        """Return those (person, account) whose person sees the bills of the account on the residents' pages, as a set.

        The one rule behind notices and reminders, as the pages ask it of who is signed in (``_accounts_domain``):
        the household as its head shares bills, who was named on the account, and the people of a payer that is no
        household. As many queries for many as for one.

        :param pairs: res.partner and kdc.customer.account, both in sudo
        """
        people = self.env["res.partner"].union(*(person for person, _account in pairs))
        accounts = self.sudo().union(*(account for _person, account in pairs))  # sudo: as the pairs are
        residents = accounts.env["kdc.resident"].search([("partner_id", "in", people.ids)])
        resident_of = dict.fromkeys(people, residents.browse()) | {one.partner_id: one for one in residents}
        users_of = {person: person.user_ids for person in people}
        payer_of = {account: account.partner_id.commercial_partner_id for account in accounts}
        homes = accounts._kdc_homes_of_payers()
        homes_of = {
            account: account.household_id | homes.get(payer_of[account], residents.household_id.browse())
            for account in accounts
        }
        access = accounts.env["kdc.household.delegation"]._access_of([
            (resident_of[person], household)
            for person, account in pairs for household in homes_of[account] | resident_of[person].household_id
        ])  # fmt: skip

        def sees(person, account):
            resident, payer, users = resident_of[person], payer_of[account], users_of[person]
            if users and any("bills" in access[resident, home] for home in homes_of[account]):
                return True
            named = person in account.viewer_ids
            if named and resident.household_id:
                return bool(users) and "bills" in access[resident, resident.household_id]
            works_there = not resident and payer not in homes and person.commercial_partner_id == payer
            return (named or works_there) and any(user.share for user in users)

        return {pair for pair in pairs if sees(*pair)}

    def _kdc_homes_of_payers(self):
        """Return {contact: household} of those payers that are households, former ones too (sudo)."""
        # sudo: which contact stands for which household; only the rule above looks at it
        households = self.env["kdc.household"].sudo().with_context(active_test=False)
        found = households.search([("partner_id", "in", self.partner_id.commercial_partner_id.ids)])
        return {household.partner_id: household for household in found}

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

from odoo import api, fields, models
from odoo.exceptions import AccessError


class KdcInvitation(models.Model):
    _inherit = "kdc.invitation"

    # Side by side in the list of moderators: in one column the name of a long business hides who it is
    person_name = fields.Char("Represented by", related="business_id.name")
    business_name = fields.Char("Name of the business", related="business_id.parent_id.name")

    def _may_cancel(self):
        """Moderators cancel the slips of businesses; they read no others."""
        return super()._may_cancel() or (
            self.env["kdc.shop"]._kdc_is_moderator() and all(slip.business_id for slip in self)
        )

    def action_kdc_erase(self):
        """Delete who these slips were for, at that person's request: name, phone, account and slips."""
        if not self.env["kdc.shop"]._kdc_is_moderator() or any(not slip.business_id for slip in self):
            raise AccessError(self.env._("Only a market moderator deletes the data of people of businesses."))
        self.check_access("read")
        # sudo: moderators keep no contacts; which slips they see was just checked
        for contact in self.sudo().business_id:
            contact._kdc_erase_business()

    # -- a new slip opens an account that is somebody's ------------------------------------------------------------
    @api.model
    def _invite_business(self, contact, proof_hash, days):
        """Override: a slip for a new password is told before anybody can use it."""
        invitations = super()._invite_business(contact, proof_hash, days)
        for invitation in invitations:
            if invitation.purpose == "reset":
                invitation._kdc_tell_of_reset(
                    lambda slip, person: slip.env._(
                        "A slip for a new password of %s was printed: whoever has it can sign in", person
                    )
                )
        return invitations

    def _open_account(self, login, password):
        """Override: login and password of a business do not change unnoticed."""
        user = super()._open_account(login, password)
        if self.business_id and self.purpose == "reset":
            self._kdc_tell_of_reset(
                lambda slip, person: slip.env._(
                    "The phone number and password of %s were set anew with a slip", person
                )
            )
        return user

    def _kdc_tell_of_reset(self, title):
        """Tell the holder and everybody in his shops, and keep it in the history of the shops.

        :param title: function that gets the slip in a language and how the holder is named, and returns the title
        """
        slip = self.sudo()  # sudo: who works with the holder is told, not shown to the moderator or the visitor
        users = slip.business_id.user_ids
        shops = slip.env["kdc.shop.member"].search([("user_id", "in", users.ids)]).shop_id
        partners = slip.business_id | shops.member_ids.user_id.partner_id

        def words(slip):
            ask = slip.env._("Slip %s. If nobody of you has asked for it, please tell the ward at once.", slip.number)
            return title(slip, slip.business_id.name), ask

        self.env["kdc.notification"]._notify_words(partners, slip, words, "/my/notifications")
        for shop in shops:
            shop._message_log(body=f"{title(slip, users[:1]._kdc_history_name())} ({slip.number})")

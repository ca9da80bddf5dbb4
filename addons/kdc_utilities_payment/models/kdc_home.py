from odoo import api, models

TO_DECIDE = [("state", "=", "open")]


class KdcHome(models.AbstractModel):
    _inherit = "kdc.home"

    @api.model
    def _home_cards(self):
        """Add the payouts with a high fee that wait for a second person."""
        cards = super()._home_cards()
        of_others = [("state", "=", "payout_asked"), ("decided_by_id", "!=", self.env.uid)]
        if self.env.user.has_group("kdc_utilities.group_approver"):
            cards.append(
                self._home_card(
                    "payouts_to_approve",
                    self.env._("Payouts with a high fee, to approve"),
                    "kdc.transfer",
                    of_others,
                    "kdc_utilities.kdc_transfer_action",
                    kind="warn",
                )
            )
        return cards

    @api.model
    def _home_cards_of_billing(self):
        """Add the online payments that wait for the accountant."""
        return super()._home_cards_of_billing() + [
            self._home_card(
                "online_payments",
                self.env._("Online payments to decide about"),
                "kdc.gateway.payment",
                TO_DECIDE,
                "kdc_utilities_payment.kdc_gateway_payment_action",
                kind="warn",
            ),
        ]

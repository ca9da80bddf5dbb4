from odoo import api, models

VISITS = [("channel", "=", "visit"), ("state", "=", "waiting")]
BROKEN_PROMISES = [("promise_date", "<", "today"), ("promise_date", ">=", "today -30d")]


class KdcHome(models.AbstractModel):
    """What waits because of debts."""

    _inherit = "kdc.home"

    @api.model
    def _home_cards(self):
        user, cards = self.env.user, super()._home_cards()
        accountant = user.has_group("kdc_utilities.group_accountant")
        if accountant or user.has_group("kdc_utilities.group_collector"):
            cards.append(
                self._home_card(
                    "visits",
                    self.env._("Visits about debts to make"),
                    "kdc.dunning.line",
                    VISITS,
                    "kdc_utilities.kdc_dunning_line_action",
                )
            )
        if accountant:
            cards.append(
                self._home_card(
                    "promises",
                    self.env._("Promised days of payment that are past"),
                    "kdc.debt.contact",
                    BROKEN_PROMISES,
                    "kdc_utilities.kdc_debt_contact_action",
                    kind="warn",
                )
            )
        if user.has_group("kdc_utilities.group_approver"):
            prepared_by_others = [("state", "=", "draft"), ("requested_by_id", "!=", user.id)]
            cards.append(
                self._home_card(
                    "reminders_to_send",
                    self.env._("Reminders to look through and send"),
                    "kdc.dunning.run",
                    prepared_by_others,
                    "kdc_utilities.kdc_dunning_run_action",
                    kind="warn",
                )
            )
            cards.append(
                self._home_card(
                    "instalments_to_approve",
                    self.env._("Instalment plans to approve"),
                    "kdc.instalment.plan",
                    prepared_by_others,
                    "kdc_utilities.kdc_instalment_plan_action",
                    kind="warn",
                )
            )
            cards.append(
                self._home_card(
                    "write_offs_to_approve",
                    self.env._("Write-offs to approve"),
                    "kdc.write.off",
                    prepared_by_others,
                    "kdc_utilities.kdc_write_off_action",
                    kind="warn",
                )
            )
        return cards

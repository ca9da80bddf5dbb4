from odoo import api, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import UserError

from ..engine.periods import days, months_touched
from ..engine.tariff import Bill


class AccountMove(models.Model):
    """Bills that set estimates of earlier bills right in money (U-10), see ``engine/true_up.py``."""

    _inherit = "account.move"

    def _kdc_true_ups(self):
        """Return the engine's true-ups of this bill; nearly all bills have none, and are not read for that."""
        self.ensure_one()
        explanation = self.kdc_explanation or {}
        return Bill.from_dict(explanation).true_ups if explanation.get("true_ups") else ()

    # --- Issuing -----------------------------------------------------------------------------------

    @api.model
    def _kdc_check_true_ups(self, explanations):
        """Refuse to take off what estimated bills charged when something else stands on these bills by now.

        :param explanations: those of the bills about to be issued
        :raise UserError: the preview is out of date
        """
        for explanation in explanations:
            bill = Bill.from_dict(explanation) if explanation.get("true_ups") else None
            for true_up in bill.true_ups if bill else ():
                # sudo: only locked. Whoever cancels one meanwhile finds this bill, or this bill finds it cancelled.
                estimated = self.sudo().browse(true_up.bills)
                lock_or_retry(estimated, allow_referencing=True, touch=True)
                # sudo: only whether something of these bills was corrected or taken back since
                corrections = self.env["kdc.charge"].sudo().search([
                    ("corrects_move_id", "in", estimated.ids), ("service_id.code", "=", true_up.service),
                    ("kind", "=", "correction"), ("state", "!=", "withdrawn"), ("waives_id", "=", False),
                ])  # fmt: skip
                # sudo: as above
                grants = self.env["kdc.relief.grant"].sudo().search(
                    [("move_id", "in", estimated.ids), ("service_id.code", "=", true_up.service)]
                )
                taken_back = grants.filtered(lambda grant: grant.state == "taken_back").takeback_move_id
                known = {line.params.get("bill") for section in bill.sections for charge in section.charges
                         for line in charge.lines} | {
                    line.params.get("bill") for charge in true_up.waiting for line in charge.lines
                }  # fmt: skip
                if (
                    any(earlier.state != "posted" for earlier in estimated)
                    or corrections.filtered(lambda charge: not charge.billed)
                    or set((corrections.move_id | taken_back).ids) - known
                ):
                    raise UserError(
                        self.env._(
                            "An estimated bill that this one sets right was cancelled or corrected meanwhile. Make "
                            "another billing run of this month: it computes this customer again."
                        )
                    )

    def _kdc_record_true_ups(self, explanations):
        """Write down what freshly issued bills set right: readings that settle, exemptions taken off, what waits."""
        for move, explanation in zip(self, explanations, strict=True):
            for true_up in move._kdc_true_ups() if explanation.get("true_ups") else ():
                # sudo: steps are written by the steps only; the run was approved with these bills.
                move.env["kdc.meter.reading"].sudo().browse(true_up.readings).write({"trued_up": True})
                # sudo: as above
                grants = self.env["kdc.relief.grant"].sudo().search(
                    [("move_id", "in", true_up.bills), ("service_id.code", "=", true_up.service)]
                )
                grants.filtered(lambda grant: grant.state == "given").takeback_move_id = move
                if true_up.waiting:
                    # sudo: as above
                    self.env["kdc.charge"].sudo()._make_rest(move, true_up)

    # --- Cancelling --------------------------------------------------------------------------------

    def _kdc_set_right_by(self):
        """Return the issued bill that takes off what this one charged by an estimate, or none."""
        self.ensure_one()
        later = self.search([
            ("kdc_account_id", "=", self.kdc_account_id.id), ("journal_id", "=", self.journal_id.id),
            ("kdc_period", ">", self.kdc_period), ("state", "=", "posted"), ("kdc_explanation", "!=", False),
        ])  # fmt: skip
        return later.filtered(lambda bill: any(self.id in true_up.bills for true_up in bill._kdc_true_ups()))[:1]

    def _kdc_check_correction_right(self):
        """An estimated bill stays while another one takes off what it charged, and that one while its rest is used."""
        result = super()._kdc_check_correction_right()
        for bill in self.filtered(lambda move: move.kdc_account_id and move.kdc_period):
            # sudo: bills of the same customer; only their names are told.
            later = bill.sudo()._kdc_set_right_by()
            if later:
                raise UserError(
                    self.env._(
                        "Bill %(bill)s was an estimate that bill %(later)s sets right. Cancel %(later)s first, or "
                        "correct that one.",
                        bill=bill.name, later=later.name,
                    )
                )  # fmt: skip
            # sudo: as above
            rests = self.env["kdc.charge"].sudo().search(
                [("corrects_move_id", "=", bill.id), ("kind", "=", "trueup"), ("billed", "=", True)]
            )
            if rests:
                raise UserError(
                    self.env._(
                        "What bill %(bill)s could not give back is on bill %(later)s. Cancel %(later)s first.",
                        bill=bill.name, later=rests[0].move_id.name,
                    )
                )  # fmt: skip
        return result

    def button_cancel(self):
        """The readings of a cancelled bill settle nothing until it is issued again."""
        result = super().button_cancel()
        for bill in self.filtered("kdc_account_id"):
            ids = [reading for true_up in bill._kdc_true_ups() for reading in true_up.readings]
            if ids:
                # sudo: as when the bill was issued
                self.env["kdc.meter.reading"].sudo().browse(ids).exists().write({"trued_up": False})
        return result

    # --- Words -------------------------------------------------------------------------------------

    @api.model
    def _kdc_word_true_ups(self, bill):
        """Say how estimates of earlier bills were set right, one sentence or two for each service.

        :param bill: the engine's bill, or None
        """
        return [self._kdc_word_true_up(bill, true_up) for true_up in (bill.true_ups if bill else ())]

    def _kdc_word_true_up(self, bill, true_up):
        sections = [section for section in bill.sections if section.service == true_up.service]
        name = sections[0].name
        waiting = -sum(charge.total for charge in true_up.waiting)
        texts = []
        if true_up.bills:
            lines = [
                (charge, line.params["month"])
                for charge in [*(charge for section in sections for charge in section.charges), *true_up.waiting]
                for line in charge.lines
                if line.label == "trueup" and "charge" not in line.params
            ]
            measured = [section for section in sections if section.quantity]
            texts.append(
                self.env._(
                    "%(service)s: the bills of %(months)s were estimated. The meter has been read since, so "
                    "%(quantity)s %(unit)s from %(start)s to %(end)s are priced anew, with the tiers of all these "
                    "days, and the %(charged)s charged by estimate come off.",
                    service=name,
                    months=", ".join(dict.fromkeys(month for _charge, month in lines)),
                    quantity=fmt.number(sum(section.quantity for section in measured)),
                    unit=sections[0].unit,
                    start=fmt.date(min(section.date_from for section in sections)),
                    end=fmt.date(max(section.date_to for section in sections)),
                    charged=fmt.vnd(-sum(charge.total for charge, _month in lines)),
                )
            )
        if waiting:
            text = self.env._("%s of it are more than this bill and come off the next ones.", fmt.vnd(waiting))
            texts.append(text if true_up.bills else f"{name}: {text}")
        return " ".join(texts)

    def _kdc_text_trueup(self, line, _charge, _section):
        if "charge" in line.params:
            return self.env._("Rest of the estimates, which the bill of %s could not take off", line.params["month"])
        return self.env._("Charged by estimate on the bill of %s", line.params["month"])

    # --- The chart ---------------------------------------------------------------------------------

    @api.model
    def _kdc_share_out(self, quantity, date_from, date_to):
        """Return {month: quantity} of a use of several months by their days, in whole hundredths.

        It takes the place of the estimates for which it makes good.
        """
        total = days(date_from, date_to)
        return {
            start.replace(day=1): round(quantity * days(start, end) / total, 2)
            for start, end in months_touched(date_from, date_to)
        }

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

    # --- What estimated bills charged ----------------------------------------------------------------

    def _kdc_changes_of_estimates(self):
        """Return what was corrected on these bills and which exemptions they gave, in sudo, the last one last.

        :return: ``{(bill id, service code): charges}`` and ``{(bill id, service code): grants}``
        """
        # sudo: closed to writing by hand; whoever bills a customer takes off what was charged.
        corrections = self.env["kdc.charge"].sudo().search([
            ("corrects_move_id", "in", self.ids), ("kind", "=", "correction"), ("state", "!=", "withdrawn"),
            ("waives_id", "=", False),
        ], order="id")  # fmt: skip
        # sudo: as above
        grants = self.env["kdc.relief.grant"].sudo().search([("move_id", "in", self.ids)], order="id")
        return (
            corrections.grouped(lambda row: (row.corrects_move_id.id, row.service_id.code)),
            grants.grouped(lambda row: (row.move_id.id, row.service_id.code)),
        )

    def _kdc_estimate_problem(self):
        """Return (code, parameters) of why nobody else's bill may take off what this one charged, or None."""
        self.ensure_one()
        if self.partner_id != self.kdc_account_id.partner_id:
            return "another_payer", {"bill": self.name, "payer": self.partner_id.display_name}
        notes = self.reversal_move_ids.filtered(lambda move: move.state == "posted")
        # sudo: which of them give back a correction, which the true-up counts as it counts one on a bill.
        given = self.env["kdc.charge"].sudo().search([("move_id", "in", notes.ids)]).move_id if notes else notes
        note = (notes - given)[:1]
        return ("credit_note", {"bill": self.name, "note": note.name}) if note else None

    # --- Issuing -----------------------------------------------------------------------------------

    @api.model
    def _kdc_check_true_ups(self, explanations):
        """Refuse to take off what estimated bills charged when something else stands on these bills by now.

        :param explanations: those of the bills about to be issued
        :raise UserError: the preview is out of date
        """
        bills = [Bill.from_dict(explanation) for explanation in explanations if explanation.get("true_ups")]
        found = [(bill, true_up) for bill in bills for true_up in bill.true_ups]
        if not found:
            return
        # sudo: only locked. Whoever cancels one meanwhile finds this bill, or this bill finds it cancelled.
        estimated = self.sudo().browse({id_ for _bill, true_up in found for id_ in true_up.bills})
        lock_or_retry(estimated, allow_referencing=True, touch=True)
        # sudo: only whether a later bill counts on from them
        readings = self.env["kdc.meter.reading"].sudo().browse(
            {id_ for _bill, true_up in found for id_ in true_up.readings}
        )  # fmt: skip
        changes = estimated._kdc_changes_of_estimates()
        if (
            any(earlier.state != "posted" or earlier._kdc_estimate_problem() for earlier in estimated)
            or estimated._kdc_written_off()
            or any(self._kdc_true_up_stale(bill, true_up, *changes) for bill, true_up in found)
            or readings.filtered(lambda reading: not reading.trued_up)._followed()
        ):
            raise UserError(
                self.env._(
                    "An estimated bill that this one sets right was cancelled, corrected, given up or changed its "
                    "payer meanwhile, or the bill of a later month was issued first. Make another billing run of this "
                    "month: it computes this customer again."
                )
            )

    @api.model
    def _kdc_true_up_stale(self, bill, true_up, corrections, grants):
        """Tell whether something was corrected or taken back that this bill does not take off.

        :param corrections: with ``grants`` from :meth:`_kdc_changes_of_estimates`
        """
        known = {
            line.params.get("bill")
            for charge in [*(charge for section in bill.sections for charge in section.charges), *true_up.waiting]
            for line in charge.lines
        }
        keys = [(id_, true_up.service) for id_ in true_up.bills]
        corrected = [row for key in keys for row in corrections.get(key, ())]
        taken_back = [row for key in keys for row in grants.get(key, ()) if row.state == "taken_back"]
        on_bills = {row.move_id.id for row in corrected} | {row.takeback_move_id.id for row in taken_back}
        return any(not row.billed for row in corrected) or bool(on_bills - known)

    def _kdc_record_true_ups(self, explanations):
        """Write down what freshly issued bills set right: readings that settle, exemptions taken off, what waits."""
        found = [
            (move, true_up)
            for move, explanation in zip(self, explanations, strict=True)
            if explanation.get("true_ups")
            for true_up in Bill.from_dict(explanation).true_ups
        ]
        if not found:
            return
        # sudo: steps are written by the steps only; the run was approved with these bills.
        readings = self.env["kdc.meter.reading"].sudo().browse(
            {id_ for _move, true_up in found for id_ in true_up.readings}
        )  # fmt: skip
        readings.filtered(lambda reading: not reading.trued_up).write({"trued_up": True})
        estimated = self.browse({id_ for _move, true_up in found for id_ in true_up.bills})
        _corrections, grants = estimated._kdc_changes_of_estimates()
        for move, true_up in found:
            given = [row for id_ in true_up.bills for row in grants.get((id_, true_up.service), ())]
            for grant in given:
                if grant.state == "given":
                    grant.takeback_move_id = move
        rests = [(move, true_up) for move, true_up in found if true_up.waiting]
        # sudo: as above
        self.env["kdc.charge"].sudo()._make_rests(rests)

    # --- Cancelling --------------------------------------------------------------------------------

    def _kdc_set_right_by(self, service=None):
        """Return the issued bill that takes off what this one charged by an estimate (for a service), or none."""
        self.ensure_one()
        later = self.search([
            ("kdc_account_id", "=", self.kdc_account_id.id), ("journal_id", "=", self.journal_id.id),
            ("kdc_period", ">", self.kdc_period), ("state", "=", "posted"), ("kdc_explanation", "!=", False),
        ])  # fmt: skip
        codes = service and service.mapped("code")
        return later.filtered(
            lambda bill: any(
                self.id in true_up.bills and (not codes or true_up.service in codes) for true_up in bill._kdc_true_ups()
            )
        )[:1]

    def _kdc_check_not_set_right(self):
        """Refuse to give up what a later bill has given back already.

        :raise UserError: names both bills
        """
        for bill in self.filtered("kdc_explanation"):
            sections = bill._kdc_bill().sections
            estimated = any(reading.source == "estimate" for section in sections for reading in section.readings)
            later = estimated and bill._kdc_set_right_by()
            if later:
                raise UserError(
                    self.env._(
                        "Bill %(bill)s was an estimate, and bill %(later)s gives back what it charged; written off, it "
                        "would be given up twice. Cancel %(later)s first, write off %(bill)s, then issue %(later)s "
                        "again.",
                        bill=bill.name, later=later.name,
                    )
                )  # fmt: skip

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
            noted = rests.filtered(lambda rest: rest.credit_state == "posted")
            if noted:
                raise UserError(
                    self.env._(
                        "What bill %(bill)s could not give back was given back by credit note %(note)s. Open "
                        "“%(rest)s” under “Charges and corrections” and take the credit note back first.",
                        bill=bill.name, note=noted[0].move_id.name, rest=noted[0].name,
                    )
                )  # fmt: skip
            if rests:
                raise UserError(
                    self.env._(
                        "What bill %(bill)s could not give back is on bill %(later)s. Cancel %(later)s first.",
                        bill=bill.name, later=rests[0].move_id.name,
                    )
                )  # fmt: skip
        return result

    def button_cancel(self):
        """The readings of a cancelled bill settle nothing until it is issued again, and nothing waits of it."""
        result = super().button_cancel()
        bills = self.filtered("kdc_account_id")
        ids = [id_ for bill in bills for true_up in bill._kdc_true_ups() for id_ in true_up.readings]
        if ids:
            # sudo: as when the bill was issued
            readings = self.env["kdc.meter.reading"].sudo().browse(ids).exists()
            # What later bills counted stays as it was; issued again, this one sets the estimates right in money again.
            (readings - readings._followed()).write({"trued_up": False})
        # sudo: as above
        rests = self.env["kdc.charge"].sudo().search(
            [("corrects_move_id", "in", bills.ids), ("kind", "=", "trueup"), ("state", "=", "approved")]
        )
        rests.write({"state": "withdrawn"})
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

from decimal import Decimal

from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import ValidationError

from ..engine import tariff
from ..engine.money import decimal


class KdcConnection(models.Model):
    """One service taken by one customer account, at one tariff, between two dates."""

    _name = "kdc.connection"
    _description = "Service Connection"
    _order = "account_id, service_id, date_from"
    _check_company_auto = True

    account_id = fields.Many2one("kdc.customer.account", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True)
    area_id = fields.Many2one(related="account_id.area_id", store=True, index=True)
    partner_id = fields.Many2one(related="account_id.partner_id")
    service_id = fields.Many2one("kdc.service", required=True, ondelete="restrict", index=True, check_company=True)
    tariff_id = fields.Many2one(
        "kdc.tariff",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        domain="[('service_id', '=', service_id)]",
    )
    date_from = fields.Date("From", required=True, default=today_here)
    date_to = fields.Date("Until")
    persons = fields.Integer(help="Persons to bill. 0 = the registered members of the household.")
    quota_households = fields.Integer(
        "Households on the meter", default=1, help="Each household on a shared meter brings one set of tier limits."
    )
    quota_persons = fields.Integer(help="Headcount of tenants that brings tier limits instead of households.")
    area_m2 = fields.Float("Floor area (m²)", digits=(16, 2), help="For prices per m².")
    meter_ids = fields.One2many("kdc.meter", "connection_id", string="Meters")
    shared_meter_id = fields.Many2one(
        "kdc.meter",
        string="Takes part in",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        domain="[('share_basis', '!=', False), ('service_id', '=', service_id)]",
        help="Shared meter whose use is billed here in part, beside what an own meter measures.",
    )
    metered = fields.Boolean(related="service_id.metered")
    billed_by_provider = fields.Boolean(
        "Bill made by the provider",
        help="The ward only reads the meter; the provider makes the bill. The readings go out as a spreadsheet.",
    )

    _dates = models.Constraint("CHECK (date_to >= date_from)", "The connection ends before it begins.")
    # Two people at once do not see each other's connection, the database does. Ranges of one number stand for equality:
    # so it needs no extension (btree_gist), which a server may not have. Deferred until _check_overlap has had its say,
    # which can name the customer.
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(account_id, account_id, '[]') WITH &&, "
        "int4range(service_id, service_id, '[]') WITH &&, daterange(date_from, date_to, '[]') WITH &&) "
        "DEFERRABLE INITIALLY DEFERRED",
        "This customer is already connected to the service at that time. End the first connection before the next "
        "begins.",
    )
    _counts_positive = models.Constraint(
        "CHECK (persons >= 0 AND quota_persons >= 0 AND quota_households >= 1 AND area_m2 >= 0)",
        "Persons and areas cannot be negative and at least one household is on the meter.",
    )

    @api.depends("account_id.display_name", "service_id.name")
    def _compute_display_name(self):
        for connection in self:
            connection.display_name = f"{connection.account_id.display_name} – {connection.service_id.name}"

    @api.constrains("service_id", "tariff_id")
    def _check_tariff(self):
        for connection in self:
            if connection.tariff_id.service_id != connection.service_id:
                raise ValidationError(
                    self.env._(
                        "Tariff %(tariff)s does not belong to service %(service)s.",
                        tariff=connection.tariff_id.name,
                        service=connection.service_id.name,
                    )
                )

    @api.constrains("account_id", "service_id", "date_from", "date_to")
    def _check_overlap(self):
        """The same service twice at the same time would bill twice."""
        by_account = self.search([("account_id", "in", self.account_id.ids)]).grouped(
            lambda connection: (connection.account_id, connection.service_id)
        )
        for connections in by_account.values():
            previous = None
            for connection in connections.sorted("date_from"):
                if previous and (not previous.date_to or previous.date_to >= connection.date_from):
                    raise ValidationError(
                        self.env._(
                            "%s is already connected at that time. End the first connection before the next begins.",
                            connection.display_name,
                        )
                    )
                previous = connection
        # Now, and not when the transaction is committed and nobody can answer any more: what others have connected.
        self.flush_model(["account_id", "service_id", "date_from", "date_to"])
        self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self.env.cr.execute("SET CONSTRAINTS ALL DEFERRED")

    @api.constrains("shared_meter_id", "service_id")
    def _check_shared_meter(self):
        for connection in self:
            meter = connection.shared_meter_id
            if meter and (meter.service_id != connection.service_id or meter.connection_id == connection):
                raise ValidationError(
                    self.env._("Meter %s measures something else and cannot be shared here.", meter.serial)
                )

    def _share_weight(self, basis):
        """Measure by which this connection takes part in a shared meter."""
        self.ensure_one()
        weights = {
            "household": lambda: self.quota_households,
            "person": self._billed_persons,
            "area": lambda: self.area_m2,
            "equal": lambda: 1,
        }
        return decimal(float(weights[basis]()), 2)

    def _billed_persons(self):
        """Persons this connection is billed for."""
        self.ensure_one()
        # sudo: the headcount decides the bill, also for an accountant whose view of the register is limited
        household = self.account_id.household_id.sudo()
        # Who has left is billed for those who lived there on the last day.
        last_day = self.account_id.date_to
        present = household._kdc_member_count_on(last_day) if last_day else household.member_count
        return self.persons or present

    def _billed_quota(self, persons):
        """Return the sets of tier limits and for how many persons they are (0: for the households on the meter).

        Tenants count by the headcount on the connection, others where their tariff says so by the persons billed.

        :param persons: from :meth:`_billed_persons`
        """
        self.ensure_one()
        record = self.tariff_id
        counted = self.quota_persons or (persons if record.quota_by_persons else 0)
        if counted and record.persons_per_quota:
            return tariff.quota_of_persons(counted, record.persons_per_quota), counted
        return Decimal(self.quota_households), 0

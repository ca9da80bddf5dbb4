from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class KdcDwellingOwner(models.Model):
    """Who owns which share of a dwelling, from one day to another. Owners need not live in the ward."""

    _name = "kdc.dwelling.owner"
    _description = "Owner of a Dwelling"
    _order = "dwelling_id, date_to DESC, share DESC, id"
    _rec_name = "partner_id"

    dwelling_id = fields.Many2one("kdc.dwelling", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="dwelling_id.company_id", store=True, index=True)
    area_id = fields.Many2one(related="dwelling_id.area_id", store=True, index=True, string="Residential group")
    partner_id = fields.Many2one("res.partner", string="Owner", required=True, index=True, ondelete="restrict")
    share = fields.Float(string="Share (%)", digits=(5, 2), required=True, default=100.0, aggregator="sum")
    paper = fields.Char(string="Certificate", help="Number of the certificate of ownership, if it was shown.")
    date_from = fields.Date(string="Since", help="Empty: since before the register began.")
    date_to = fields.Date(string="Until", help="First day on which it no longer was theirs.")

    _share_range = models.Constraint("CHECK (share > 0 AND share <= 100)", "A share is more than 0 and at most 100 %.")
    _dates_ordered = models.Constraint(
        "CHECK (date_to IS NULL OR date_from IS NULL OR date_to >= date_from)", "A share cannot end before it begins."
    )
    _live_uniq = models.UniqueIndex(
        "(dwelling_id, partner_id) WHERE date_to IS NULL", "This owner already has a share of this dwelling."
    )

    def init(self):
        """Let no program give away more than the whole house: present shares add up to 100 % at most.

        It is checked when the transaction commits, so that shares may change hands in any order.
        """
        self.env.cr.execute(
            SQL("""
            CREATE OR REPLACE FUNCTION kdc_dwelling_owner_whole() RETURNS trigger AS $$
            BEGIN
                IF (SELECT sum(share) FROM kdc_dwelling_owner
                     WHERE dwelling_id = NEW.dwelling_id AND date_to IS NULL) > 100
                THEN
                    RAISE EXCEPTION USING
                          MESSAGE = 'shares of dwelling ' || NEW.dwelling_id || ' add up to more than 100 percent',
                          ERRCODE = 'check_violation',
                          CONSTRAINT = 'kdc_dwelling_owner_whole';
                END IF;
                RETURN NULL;
            END $$ LANGUAGE plpgsql;
            DROP TRIGGER IF EXISTS kdc_dwelling_owner_whole ON kdc_dwelling_owner;
            CREATE CONSTRAINT TRIGGER kdc_dwelling_owner_whole
                AFTER INSERT OR UPDATE ON kdc_dwelling_owner DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION kdc_dwelling_owner_whole();
            """)
        )

    @api.constrains("share", "date_from", "date_to", "dwelling_id")
    def _check_whole(self):
        """On no day more than the whole house is owned; it can only grow on a day somebody gets a share."""
        for dwelling in self.dwelling_id:
            owners = self.search([("dwelling_id", "=", dwelling.id)])
            for day in {owner.date_from for owner in owners}:
                shares = owners.filtered(
                    lambda o, day=day: (
                        (not o.date_from or (day and o.date_from <= day))
                        and (not o.date_to or not day or o.date_to > day)
                    )
                ).mapped("share")
                if round(sum(shares), 2) > 100:
                    raise ValidationError(
                        self.env._(
                            "The shares of “%(dwelling)s” add up to %(sum)s %%. "
                            "Together the owners have 100 %% at most.",
                            dwelling=dwelling.name,
                            sum=f"{sum(shares):g}",
                        )
                    )

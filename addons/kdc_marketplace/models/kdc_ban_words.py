from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.text import fold

from ..engine import ban_words


class KdcBanWords(models.AbstractModel):
    """What people write in the market, with the words of the ward's list that stand in it.

    They only mark: a moderator looks at them first. Inheriting models have a ``company_id``.
    """

    _name = "kdc.ban.words"
    _description = "Text with Words to Look at"

    #: Fields whose words are looked at.
    _kdc_screened = ()

    ban_words = fields.Char(
        "Words to look at",
        compute="_compute_ban_words",
        store=True,
        help="Words of the ward's list that stand in what was written.",
    )

    @api.depends(lambda self: (*self._kdc_screened, "company_id.kdc_market_ban_words"))
    def _compute_ban_words(self):
        for record in self:
            record.ban_words = record._kdc_banned("\n".join(record[fname] or "" for fname in self._kdc_screened))

    def _kdc_banned(self, text):
        """Return the words of the ward's list that stand in ``text``, as one line; False when there are none."""
        self.ensure_one()
        # sudo: a setting of the ward
        banned = ban_words.words(self.sudo().company_id.kdc_market_ban_words)
        return ", ".join(ban_words.find(banned, text or "", fold)) if banned else False

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.text import fold
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import UserError

from ..engine import ban_words


class KdcBanWords(models.AbstractModel):
    """What people write in the market, with the words of the ward's list that stand in it.

    They only mark: a moderator looks at them first. Inheriting models have a ``company_id``.
    """

    _name = "kdc.ban.words"
    _description = "Text with Words to Look at"

    #: Fields whose words are looked at; also of what belongs to the record ("place_ids.name").
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
            words = [text for fname in self._kdc_screened for text in record.mapped(fname) if text]
            record.ban_words = record._kdc_banned("\n".join(words))

    def _kdc_banned(self, text):
        """Return the words of the ward's list that stand in ``text``, as one line; False when there are none."""
        self.ensure_one()
        # sudo: a setting of the ward
        banned = ban_words.words(self.sudo().company_id.kdc_market_ban_words)
        return ", ".join(ban_words.find(banned, text or "", fold)) if banned else False

    def _kdc_check_seen(self, fname):
        """Refuse to publish what was changed after the moderator had opened it.

        The buttons say in the context ``kdc_seen`` when the words were sent that stand on the screen. Without it
        nobody can say what was read, so several texts are not published by one tap.

        :param str fname: field that tells when the words were sent
        :raise UserError: names what was changed
        """
        seen = self.env.context.get("kdc_seen")
        if not seen:
            raise UserError(self.env._("Please publish each text with its own button, after reading it."))
        lock_or_retry(self.sudo(), allow_referencing=True)  # sudo: only locked, moderators need no right to write
        for record in self:
            if fields.Datetime.to_string(record[fname]) != seen:
                raise UserError(self.env._("“%s” was changed meanwhile. Please read it again.", record.display_name))

import base64

from odoo import api, models

from ..tools.actions import download, form_of


class KdcCountedPage(models.AbstractModel):
    """A page of figures: counted when it opens, when the choice on it changes, and when asked again.

    A model names the fields of its choice in ``_kdc_choice`` and counts in :meth:`_kdc_count`.
    """

    _name = "kdc.counted.page"
    _description = "Page of Figures"

    _kdc_choice = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        pages = super().create(vals_list)
        pages._kdc_count()
        return pages

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & self._kdc_choice:
            self._kdc_count()
        return result

    def _kdc_count(self):
        """Write the figures anew, with the rights of the reader."""
        raise NotImplementedError

    def action_again(self):
        """Count again; what was typed meanwhile was saved by pressing the button."""
        self._kdc_count()
        return True

    @api.model
    def _kdc_open(self, name):
        """Return the action that opens a new page of what is usual.

        :param str name: of the page, in the reader's language
        """
        return form_of(self.create({}), name)

    def _kdc_give(self, content):
        """Return the action that gives ``content``, the bytes of a file; the model has ``file`` and ``file_name``."""
        self.ensure_one()
        self.file = base64.b64encode(content)
        return download(self)

import io
import re

import polib
from odoo.tests import TransactionCase, tagged
from odoo.tools.misc import file_path
from odoo.tools.translate import trans_export

LABEL = re.compile(r"model:ir\.model\.fields,\w+:([\w.]+)")
ADDONS = (
    "kdc_residents", "kdc_utilities", "kdc_utilities_payment", "kdc_utilities_reconcile", "kdc_marketplace",
    "kdc_marketplace_utilities", "kdc_feedback", "kdc_marketplace_feedback", "kdc_demo",
)  # fmt: skip


@tagged("post_install", "-at_install")
class TestTerms(TransactionCase):
    """What the installed addons say is what their files translate; ``./kdc i18n`` brings the files up to date."""

    def _exported(self, module):
        """Return the terms of an addon as Odoo finds them in its code and in the database."""
        with io.BytesIO() as stream:
            trans_export(None, [module], stream, "po", self.env)
            return {entry.msgid for entry in polib.pofile(stream.getvalue().decode()) if not self._lent(entry)}

    def _lent(self, entry):
        """Whether only labels of a contact's fields say it, which households and people inherit.

        Odoo counts these to ours or to the addon that adds the field, by the order in which they were installed.
        """
        labels = [LABEL.fullmatch(place) for place, _line in entry.occurrences]
        if not labels or not all(labels):
            return False
        fields = [self.env.ref(label[1]) for label in labels]
        return all(self.env[field.model]._fields[field.name].inherited for field in fields)

    def test_every_term_has_words(self):
        for module in ADDONS:
            translated = {entry.msgid for entry in polib.pofile(file_path(f"{module}/i18n/vi.po")) if entry.msgstr}
            self.assertFalse(self._exported(module) - translated, f"{module}: run ./kdc i18n")

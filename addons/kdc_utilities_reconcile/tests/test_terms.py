import io

import polib
from odoo.tests import TransactionCase, tagged
from odoo.tools.misc import file_path
from odoo.tools.translate import trans_export

from ..models.ir_http import LENT

OWN = "kdc_utilities_reconcile"
#: Said by Python code of the OCA on ways that are closed for movements of the queue, or overridden here; Odoo looks
#: such words up in the addon that says them only.
UNREACHED = {
    "No supense lines are allowed when reconciling", "Reversal of: %s", "Undefined", "Journal Items",
    "Well done! Everything has been reconciled",
    "You can only reconcile journal items belonging to the same account.",
}  # fmt: skip


@tagged("post_install", "-at_install")
class TestTerms(TransactionCase):
    """What this addon and the OCA's screens say has Vietnamese words, and they reach the browser."""

    def _exported(self, module):
        with io.BytesIO() as stream:
            trans_export(None, [module], stream, "po", self.env)
            return polib.pofile(stream.getvalue().decode())

    def test_every_term_has_words(self):
        own = {entry.msgid for entry in polib.pofile(file_path(f"{OWN}/i18n/vi.po")) if entry.msgstr}
        self.assertFalse({entry.msgid for entry in self._exported(OWN)} - own)
        words = {
            (entry.msgid, place)
            for entry in polib.pofile(file_path(f"{OWN}/i18n_extra/vi.po"))
            if entry.msgstr
            for place, _line in entry.occurrences
        }
        for module in LENT:
            for entry in self._exported(module):
                python = "odoo-python" in entry.comment
                places = {(entry.msgid, place) for place, _line in entry.occurrences}
                if python and entry.msgid in UNREACHED:
                    places = {(msgid, place) for msgid, place in places if not place.startswith("code:")}
                with self.subTest(term=entry.msgid):
                    self.assertFalse(python and entry.msgid not in UNREACHED)
                    self.assertFalse(places - words)

    def test_the_words_reach_view_and_browser(self):
        form = self.env.ref("account_reconcile_oca.bank_statement_line_form_reconcile_view")
        self.assertIn("Hạch toán bằng tay", form.with_context(lang="vi_VN").arch_db)
        translations, _params = self.env["ir.http"]._get_translations_for_webclient([LENT[0], "web"], "vi_VN")
        words = {message["id"]: message["string"] for message in translations[LENT[0]]["messages"]}
        self.assertEqual(words["Open Balance"], "Còn chênh lệch")
        self.assertNotIn(OWN, translations)

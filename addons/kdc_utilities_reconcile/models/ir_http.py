from odoo import api, models
from odoo.tools.translate import code_translations

#: Addons that have no Vietnamese of their own; ``i18n_extra/vi.po`` has it for them.
LENT = ("account_reconcile_oca", "account_statement_base")


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @api.model
    def _get_translations_for_webclient(self, modules, lang):
        """Lend the words of this addon's files to the screens of others.

        The browser looks a word up in the addon whose script says it, so those of the OCA's scripts have to come under
        the OCA's name. (Views, fields and actions need nothing: a file of words may name records of any addon.)
        """
        translations, params = super()._get_translations_for_webclient(modules, lang)
        lang = lang or self.env.context.get("lang")
        ours = code_translations.get_web_translations("kdc_utilities_reconcile", lang)["messages"]
        # Their own last: whatever they translate themselves one day is used.
        lent = {
            name: {"messages": (*ours, *translations[name]["messages"])} for name in LENT if name in translations
        }
        return translations | lent, params

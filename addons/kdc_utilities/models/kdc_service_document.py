from odoo import api, fields, models


class KdcService(models.Model):
    """What a service says about itself on bills and receipts.

    The kind of money decides which document the payer gets and from whom (vietnam.md §3.5): a fee has an official
    receipt, a service price an invoice, a contribution a cash receipt and a public account, and for what is collected
    for a provider the provider makes the invoice.
    """

    _inherit = "kdc.service"

    document_text = fields.Char(
        "Printed on documents", help="Bills and receipts say this beside the name. Empty: by the kind of money."
    )
    document_default = fields.Char("Usual words", compute="_compute_document_default")

    @api.depends("money_kind", "provider_id.name")
    def _compute_document_default(self):
        """Word the kind of money, in Vietnamese as all papers of the ward."""
        env = self.with_context(lang="vi_VN").env
        for service in self:
            # sudo: only the name of the provider is printed
            provider = service.sudo().provider_id.name or ""
            service.document_default = {
                "phi": env._("Statutory fee; the collecting body issues the official receipt"),
                "le_phi": env._("Statutory charge; the collecting body issues the official receipt"),
                "gia_dich_vu": env._("Service price; who provides the service issues the invoice"),
                "dong_gop": env._("Contribution of the residents, no fee; accounted for in public"),
                "thu_ho": env._("Collected for %s, who issues the invoice", provider),
            }.get(service.money_kind, "")

    def _document_words(self):
        """Return what bills and receipts print beside the name of this service."""
        self.ensure_one()
        return self.document_text or self.document_default

    @api.model
    def _published(self, companies):
        """Return {(company id, code): service} with what the law wants published, also of services that ended."""
        # sudo: legal basis, kind of money and provider are public; residents and collectors do not read services.
        services = self.sudo().with_context(active_test=False).search([("company_id", "in", companies.ids)])
        return {(service.company_id.id, service.code): service for service in services}

    @api.model
    def _document_sentences(self, names, services):
        """Return one sentence per kind of document, naming the services it is about.

        :param names: {service code: name as printed}
        :param services: {service code: service}, some may be missing
        """
        by_words = {}
        for code, name in names.items():
            if code in services:
                by_words.setdefault(services[code]._document_words(), []).append(name)
        return [f"{', '.join(known)}: {words}." for words, known in by_words.items() if words]

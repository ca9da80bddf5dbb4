import base64
from datetime import date

from odoo import api, models
from odoo.fields import Domain

from ..engine import drawing, places

#: First day of the two-tier local government: the wards of today exist since then.
SINCE = date(2025, 7, 1)

#: Jobs that would call outside or send mail; a demo does neither.
OUTSIDE_JOBS = (
    "mail.ir_cron_mail_scheduler_action", "mail.ir_cron_module_update_notification",
    "digest.ir_cron_digest_scheduler_action",
    "sms.ir_cron_sms_scheduler_action", "snailmail.snailmail_print", "iap_mail.ir_cron_iap_mail",
)  # fmt: skip


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_wards(self, community):
        """Make one company per ward with its chart of accounts, bank account, areas; dress the website."""
        for xmlid in OUTSIDE_JOBS:
            job = self.env.ref(xmlid, raise_if_not_found=False)
            if job:
                job.active = False
        vnd = self.env.ref("base.VND")
        if not vnd.active:
            vnd.active = True
        for ward in places.WARDS:
            company = self._make_company(ward, vnd)
            commune = self._make_commune(ward, company)
            self._make_groups(ward, commune, community)
        self._make_website()
        self._close_onboarding()

    @api.model
    def _company(self, ward_code):
        """Return the company of a ward by its official code."""
        return self._made(f"company_{ward_code}")

    @api.model
    def _make_company(self, ward, currency):
        vals = {
            "name": f"UBND {ward.name[0].lower()}{ward.name[1:]}",
            "street": ward.address,
            "city": ward.name,
            "state_id": self.env.ref("base.state_vn_VN-34").id,
            "country_id": self.env.ref("base.vn").id,
            "phone": ward.phone,
            "email": f"phuong{ward.code}@khanhhoa.example",
            "kdc_office_hours": "Thứ Hai đến thứ Sáu\n7:30–11:30 và 13:30–17:30",
            "logo": base64.b64encode(drawing.logo(ward.name)),
            # Or Odoo asks its own service on the internet about every new company.
            "iap_enrich_auto_done": True,
        }
        main = ward is places.WARDS[0]
        if main:
            company = self.env.ref("base.main_company")
            company.write(vals)
        else:
            company = self._company(ward.code) or self.env["res.company"].create({**vals, "currency_id": currency.id})
        self._remember(f"company_{ward.code}", company)
        if company.chart_template != "vn":
            self.env["account.chart.template"].try_loading("vn", company=company, install_demo=False)
        if company.currency_id != currency:
            company.currency_id = currency
        self._make_bank(ward, company)
        admin = self.env.ref("base.user_admin")
        admin.company_ids |= company
        self.env.user.company_ids |= company
        return company

    @api.model
    def _make_bank(self, ward, company):
        """Give the ward an invented account at a real bank, so that the VietQR code is a real one of its kind."""
        bank = self.env["res.bank"].search([("bic", "=", ward.bin)], limit=1)
        bank = bank or self.env["res.bank"].create(
            {"name": ward.bank, "bic": ward.bin, "country": self.env.ref("base.vn").id}
        )
        account = self.env["res.partner.bank"].search(
            [("partner_id", "=", company.partner_id.id), ("acc_number", "=", ward.account)]
        )
        if not account:
            account = self.env["res.partner.bank"].create({
                "acc_number": ward.account, "bank_id": bank.id, "partner_id": company.partner_id.id,
                "company_id": company.id, "proxy_type": "bank_acc", "proxy_value": ward.account,
                "include_reference": True, "allow_out_payment": True,
            })  # fmt: skip
        journal = self.env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", company.id)], limit=1)
        if not journal.bank_account_id:
            journal.write({"bank_account_id": account.id, "name": f"Ngân hàng {ward.bank}"})
        company.qr_code = True

    @api.model
    def _make_commune(self, ward, company):
        """Tie the ward's area to its company; the names of the former wards lead to it."""
        commune = self.env["kdc.area"].search([("kind", "=", "commune"), ("code", "=", ward.code)], limit=1)
        commune = commune or self.env["kdc.area"].create({
            "name": ward.name, "code": ward.code, "kind": "commune", "unit_type": "phuong",
            "parent_id": self.env.ref("kdc_residents.area_56").id,
        })  # fmt: skip
        commune.write({"company_id": company.id, "date_from": commune.date_from or SINCE})
        return self._remember(f"ward_{ward.code}", commune)

    @api.model
    def _make_groups(self, ward, commune, community):
        """Make the residential groups; the five pilot ones keep their old ward's name in theirs."""
        wanted = [group for group in community.groups if group.quarter.ward == ward.code]
        known = set(self.env["kdc.area"].search([("parent_id", "=", commune.id)]).mapped("code"))
        areas = self.env["kdc.area"].with_company(commune.company_id).create([
            {"name": group.name, "code": group.code, "kind": "group", "unit_type": "to_dan_pho",
             "parent_id": commune.id, "sequence": 10 * (number + 1), "date_from": SINCE}
            for number, group in enumerate(wanted) if group.code not in known
        ])  # fmt: skip
        for area in areas:
            self._remember(f"group_{area.code.replace('.', '_')}", area)

    @api.model
    def _group(self, code):
        """Return the area of a generated residential group."""
        return self._made(f"group_{code.replace('.', '_')}")

    @api.model
    def _make_website(self):
        """Name the website after the main ward and give its market pages the ward's colours and footer."""
        company = self._company(places.WARDS[0].code)
        website = self.env["website"].search([("company_id", "=", company.id)], limit=1)
        website.write({
            "name": f"Khu dân cư số {places.WARDS[0].name}",
            "logo": base64.b64encode(drawing.logo(places.WARDS[0].name)),
            "default_lang_id": self.env["res.lang"]._lang_get("vi_VN").id,
        })  # fmt: skip
        website.domain = False
        # Written for a website, a shared view is copied for it: Odoo's own footer stays as it is elsewhere.
        self.env.ref("website.footer_custom").with_context(website_id=website.id).arch = FOOTER
        self.env.ref("website.footer_copyright_company_name").with_context(website_id=website.id).arch = COPYRIGHT
        self.env["website.assets"].with_context(website_id=website.id).make_scss_customization(
            "/website/static/src/scss/options/colors/user_color_palette.scss", COLORS
        )

    @api.model
    def _close_onboarding(self):
        """Hide what would distract from the ward's own screens: set-up panels, tours, the robot's greeting."""
        panels = self.env["onboarding.onboarding"].search(Domain.TRUE)
        for company in self.env["res.company"].search(Domain.TRUE):
            panels.with_company(company).action_close()
        self.env["res.users"].with_context(active_test=False).search(Domain.TRUE).write({"tour_enabled": False})


#: The colours of the residents' own pages, so that market and home look like one place.
COLORS = {
    "o-color-1": "#0f6b6b",
    "o-color-2": "#f0a840",
    "o-color-3": "#f1f5f5",
    "o-color-4": "#ffffff",
    "o-color-5": "#0b3d40",
}

COPYRIGHT = """<data name="Bản quyền" inherit_id="website.layout">
  <xpath expr="//footer//span[hasclass('o_footer_copyright_name')]" position="replace">
    <span class="o_footer_copyright_name me-2 small">© <t t-out="res_company.name"/></span>
  </xpath>
</data>"""

FOOTER = """<data name="Chân trang" inherit_id="website.layout">
  <xpath expr="//div[@id='footer']" position="replace">
    <div id="footer" class="oe_structure oe_structure_solo" t-ignore="true" t-if="not no_footer">
      <section class="py-4">
        <div class="container">
          <p class="mb-1"><strong t-out="res_company.name"/></p>
          <p class="mb-1"><span t-out="res_company.street"/>, <span t-out="res_company.city"/></p>
          <p class="mb-0">Điện thoại: <a t-attf-href="tel:{{res_company.phone}}" t-out="res_company.phone"/></p>
        </div>
      </section>
    </div>
  </xpath>
</data>"""

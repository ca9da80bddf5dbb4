from odoo import Command, api, models

#: Households of the main ward that leave their vehicles in the common yard; the two of the story are not among them.
PARKING = slice(6, 12)


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_reliefs(self, since):
        """Let near-poor households pay half of the waste price, poor ones are exempt; a few pay for parking."""
        company = self._main_households()[:1].company_id
        waste = self.env["kdc.service"].search([("company_id", "=", company.id), ("code", "=", "RAC")])
        near_poor = self.env.ref("kdc_residents.status_near_poor")
        if near_poor in waste.tariff_ids.relief_ids.status_kind_ids:
            return
        self.env["kdc.tariff.relief"].create({
            "tariff_id": waste.tariff_ids[:1].id, "name": "Giảm theo QĐ 02/2020", "value": 50,
            "status_kind_ids": [Command.link(near_poor.id)],
            "date_from": since, "decision": "QĐ 02/2020/QĐ-UBND tỉnh Khánh Hòa",
        })  # fmt: skip
        self._make_parking(waste, since)

    @api.model
    def _make_parking(self, waste, since):
        """The yard of the residential group: a price per motorcycle and per car."""
        decision = "Biên bản họp tổ dân phố ngày 15/6/2025"
        parking = self.env["kdc.service"].create({
            "name": "Trông giữ xe", "code": "GUIXE", "unit": "tháng", "money_kind": "gia_dich_vu", "sequence": 40,
            "legal_basis": decision, "company_id": waste.company_id.id, "journal_id": waste.journal_id.id,
        })  # fmt: skip
        vat = self.env.ref("kdc_utilities.kdc_vat_category_service")
        kinds = (("motorcycle", "Xe máy", 30000), ("car", "Ô tô", 300000))
        tariff = self.env["kdc.tariff"].create({
            "name": "Trông giữ xe của hộ", "code": "HO", "service_id": parking.id,
            "version_ids": [Command.create({
                "date_from": since, "decision": decision,
                "component_ids": [
                    Command.create({
                        "name": name, "code": kind.upper(), "kind": "vehicle", "vehicle_kind": kind, "price": price,
                        "vat_category_id": vat.id, "sequence": number,
                    })
                    for number, (kind, name, price) in enumerate(kinds, 1)
                ],
            })],
        })  # fmt: skip
        self.env["kdc.connection"].create(
            [
                {"account_id": account.id, "service_id": parking.id, "tariff_id": tariff.id, "date_from": since}
                for account in self._main_households()[PARKING].kdc_account_ids
            ]
        )

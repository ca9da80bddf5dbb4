from odoo import api, models

from .kdc_demo import BATCH
from .kdc_demo_wards import SINCE

#: Roles of the generator that are one word there and two in the register.
ROLES = {
    ("child_in_law", "male"): "son_in_law",
    ("child_in_law", "female"): "daughter_in_law",
    ("parent", "male"): "father",
    ("parent", "female"): "mother",
}


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_registry(self, community, commit=None):
        """Create dwellings, households, residents and memberships in batches; what exists by code is left alone."""
        done = 0
        for batch in community.batches(BATCH):
            area = self._group(batch[0].group.code)
            company = area.company_id
            demo = self.with_company(company)
            codes = [household.code for household in batch]
            known = set(
                self.env["kdc.household"]
                .with_context(active_test=False)
                .search_fetch([("area_id", "=", area.id), ("code", "in", codes)], ["code"])
                .mapped("code")
            )
            missing = [household for household in batch if household.code not in known]
            if missing:
                demo._create_households(missing, area, company)
            done += len(batch)
            if commit:
                commit()
                self.env.invalidate_all()
            if community.size > BATCH:
                self._say(f"  {done} / {community.size} hộ")

    @api.model
    def _create_households(self, batch, area, company):
        """Create one batch of households of one area."""
        dwellings = self._create_dwellings(batch, area, company)
        households = self.env["kdc.household"].create([
            {
                "code": item.code,
                # As the head will name it, but in the same insert.
                "name": self.env["kdc.household"]._name_for(item.head.name),
                "auto_name": True,
                "dwelling_id": dwellings[item.dwelling].id,
                "company_id": company.id,
            }
            for item in batch
        ])  # fmt: skip
        people = [
            (household, member) for household, item in zip(households, batch, strict=True) for member in item.members
        ]
        residents = self.env["kdc.resident"].create([
            {
                "name": member.name,
                "sex": member.sex,
                "birth_date": member.birth_date,
                "birth_year_only": member.birth_year_only,
                "personal_number": member.personal_number or False,
                "phone": member.phone or False,
                # As the membership would set it, but in the same insert.
                "parent_id": household.partner_id.id,
                "company_id": company.id,
            }
            for household, member in people
        ])  # fmt: skip
        self.env["kdc.household.membership"].create([
            {
                "household_id": household.id,
                "resident_id": resident.id,
                "role": ROLES.get((member.role, member.sex), member.role),
                "date_start": max(SINCE, member.birth_date),
            }
            for (household, member), resident in zip(people, residents, strict=True)
        ])  # fmt: skip
        self.env.flush_all()

    @api.model
    def _create_dwellings(self, batch, area, company):
        """Return generated dwelling → record; renters share the house of the household before them."""
        wanted = list(dict.fromkeys(item.dwelling for item in batch))
        records = self.env["kdc.dwelling"].create([
            {
                "house_number": dwelling.house_number,
                "alley": dwelling.alley,
                "street": dwelling.street,
                "area_id": area.id,
                "company_id": company.id,
                "route_sequence": dwelling.route_sequence,
                "latitude": dwelling.latitude,
                "longitude": dwelling.longitude,
            }
            for dwelling in wanted
        ])  # fmt: skip
        return dict(zip(wanted, records, strict=True))

    @api.model
    def _main_households(self):
        """Return the households of the main ward in walking order: the cast of the story."""
        company = self.env.ref("base.main_company")
        households = self.env["kdc.household"].search([("company_id", "=", company.id)])
        return households.sorted(lambda household: (household.area_id.sequence, household.code))

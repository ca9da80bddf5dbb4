import json

from odoo.http import Request
from odoo.tests import tagged
from odoo.tools import mute_logger

from .leaks import NOISE, LeakCase
from .test_letter import LetterCommon

#: Model → why the head of a group reads it for other groups too.
OPEN = {}


@tagged("post_install", "-at_install")
class TestAreaExports(LetterCommon, LeakCase):
    """The head of group A exports and groups every model of ours that heads may read: nothing of group B comes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_area_head.group_ids |= cls.env.ref("base.group_allow_export")
        for user, resident in ((cls.user_portal_a, cls.resident_a), (cls.user_portal_b, cls.resident_b)):
            cls.env["kdc.change.request"].with_user(user)._submit(resident, {"name": "Nguyễn Văn Ân"}, "Ghi sai")
        cls.foreign = {
            "kdc.area": cls.group_b,
            "kdc.dwelling": cls.dwelling_b,
            "kdc.household": cls.household_b,
            "kdc.resident": cls.household_b.membership_ids.resident_id,
        }
        cls.env.flush_all()

    def _grouped(self):
        """Yield (model, field) by which what a head reads is grouped by group, dwelling, household or person."""
        for name, model in sorted(self.env.registry.items()):
            if not name.startswith("kdc.") or model._abstract or model._transient or name in OPEN:
                continue
            records = self.env[name].with_user(self.user_area_head)
            if not records.has_access("read"):
                continue
            for field in records._fields.values():
                kept = field.type == "many2one" and field.store and field.comodel_name in self.foreign
                if kept and records._has_field_access(field, "read"):
                    yield name, field

    def test_groups(self):
        """Counts and sums of groups, in the two ways a client asks for them."""
        self.become("kdc_area_head")
        pairs = list(self._grouped())
        self.assertIn("kdc.household.membership", {name for name, _field in pairs})
        for name, field in pairs:
            foreign = set(self.foreign[field.comodel_name].ids)
            for method, args in (
                ("formatted_read_group", [[], [field.name], ["__count", "id:array_agg"]]),
                ("web_read_group", [[], [field.name], ["__count"]]),
            ):
                with self.subTest(model=name, field=field.name, method=method), mute_logger(*NOISE):
                    answer = self.call_kw(name, method, *args)
                    groups = answer["result"]
                    groups = groups["groups"] if method == "web_read_group" else groups
                    got = {group[field.name][0] for group in groups if group[field.name]}
                    self.assertFalse(got & foreign)

    def test_export(self):
        """The file with names: those of household A and none of B, also when the numbers of B are asked for."""
        self.become("kdc_area_head")
        for name, label in (
            ("kdc.household", "name"), ("kdc.resident", "name"), ("kdc.dwelling", "name"),
            ("kdc.household.membership", "resident_id/name"), ("kdc.change.request", "resident_id/name"),
        ):  # fmt: skip
            everything = self.env[name].search([])
            for ids in (False, everything.ids):
                with self.subTest(model=name, ids=bool(ids)), mute_logger(*NOISE):
                    text = self._export(name, label, ids)
                    for mark in (self.resident_b.name, self.household_b.name, self.dwelling_b.street):
                        self.assertNotIn(mark, text)
                    if not ids:
                        self.assertRegex(text, f"{self.resident_a.name}|{self.dwelling_a.street}")

    def _export(self, model, field, ids):
        wanted = {
            "model": model, "fields": [{"name": field, "label": "x", "type": "char"}], "ids": ids, "domain": [],
            "import_compat": False, "groupby": [], "context": {},
        }  # fmt: skip
        form = {"csrf_token": Request.csrf_token(self), "data": json.dumps(wanted)}
        return self.url_open("/web/export/csv", data=form).text

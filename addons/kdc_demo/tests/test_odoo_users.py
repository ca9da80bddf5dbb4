from odoo.tests.common import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestOdooUsers(TransactionCase):
    """Somebody of the same company who works with Odoo, and not with the community."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(cls.env, "ban.hang", groups=",".join(cls._odoo_groups()))

    @classmethod
    def _odoo_groups(cls):
        """Return the external ids of Odoo's groups for people of the office that bring none of ours."""
        staff = cls.env.ref("base.group_user")
        names = cls.env["res.groups"].search([("all_implied_by_ids", "!=", False)]).get_external_id()
        for group, name in names.items():
            record = staff.browse(group)
            implied = (record | record.all_implied_ids).get_external_id().values()
            if staff in record | record.all_implied_ids and not any(item.startswith("kdc_") for item in implied):
                yield name

    def test_reads_all_of_odoos_own_models(self):
        """No field that we add to a model of Odoo keeps its readers from reading records whole (``read()``)."""
        for name, model in self.env.registry.items():
            ours = [field for field in model._fields.values() if str(field._module).startswith("kdc_")]
            if not ours or model._abstract or name.startswith("kdc."):
                continue
            records = self.env[name].with_user(self.user)
            if records.has_access("read"):
                with self.subTest(model=name):
                    records.search([], limit=1).read()
    def test_is_offered_no_list_of_what_it_may_not_read(self):
        """Reading a record whole (``read()``) asks for every field, also where there is no record to try it with."""
        for name, model in self.env.registry.items():
            if not model._abstract and not name.startswith("kdc."):
                records = self.env[name].with_user(self.user)
                for field in model._fields.values():
                    if str(field._module).startswith("kdc_") and field.type in ("one2many", "many2many"):
                        offered = not field.compute and records._has_field_access(field, "read")
                        may = records.env[field.comodel_name].has_access("read")
                        self.assertTrue(may or not offered, f"{field} of {field.comodel_name} needs groups")

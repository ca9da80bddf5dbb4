from datetime import date

from odoo import Command
from odoo.tests import TransactionCase

#: Tests create people by the dozen; none of them needs a log entry or a followers' mail.
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "no_reset_password": True,
}
#: The letters of a table of rights.
OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}


class ResidentsCommon(TransactionCase):
    """A small ward to test with: two residential groups, two households, one user per job (password = login)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, **QUIET))
        cls.company = cls.env.company
        cls.province = cls.env.ref("kdc_residents.area_56")
        cls.ward = cls._use_ward()
        cls.group_a = cls._create_group("Tổ dân phố A")
        cls.group_b = cls._create_group("Tổ dân phố B")
        cls.dwelling_a = cls._create_dwelling("12/3", "Trần Phú", cls.group_a)
        cls.dwelling_b = cls._create_dwelling("7", "Lê Thánh Tôn", cls.group_b)
        cls.household_a = cls._create_household(
            cls.dwelling_a,
            [
                ("head", "Nguyễn Văn An", "1975-03-02", "male", "056075001234", "0905123456"),
                ("wife", "Trần Thị Bình", "1978-11-20", "female", "056178004321", False),
                ("child", "Nguyễn Đức Cường", "2010-07-15", "male", False, False),
            ],
        )
        cls.household_b = cls._create_household(
            cls.dwelling_b,
            [
                ("head", "Lê Thị Ánh", "1960-01-01", "female", "056160009876", "0914000111"),
                ("child", "Phạm Minh Đông", "1985-05-05", "male", "056085000555", False),
            ],
        )
        cls.resident_a = cls.household_a.head_id
        cls.resident_b = cls.household_b.head_id
        (
            cls.user_staff,
            cls.user_officer,
            cls.user_auditor,
            cls.user_area_head,
            cls.user_portal_a,
            cls.user_portal_b,
        ) = cls._create_users(
            cls._user_values("kdc_staff", "kdc_residents.group_staff"),
            cls._user_values("kdc_officer", "kdc_residents.group_officer"),
            cls._user_values("kdc_auditor", "kdc_residents.group_auditor"),
            cls._user_values(
                "kdc_area_head", "kdc_residents.group_area_head", kdc_area_ids=[Command.set(cls.group_a.ids)]
            ),
            cls._portal_user_values("kdc_portal_a", cls.resident_a),
            cls._portal_user_values("kdc_portal_b", cls.resident_b),
        )
        cls.env.flush_all()

    @classmethod
    def _use_ward(cls):
        """Return the commune of the company: the one it has, else Phường Nha Trang or a new one."""
        ward = cls.company.kdc_commune_id
        if not ward:
            area = cls.env["kdc.area"]
            ward = area.search([("kind", "=", "commune"), ("code", "=", "22366"), ("company_id", "=", False)])
            ward = ward or area.create(
                {
                    "name": "Phường Thử Nghiệm",
                    "code": "99999",
                    "kind": "commune",
                    "unit_type": "phuong",
                    "parent_id": cls.province.id,
                }
            )
            ward.company_id = cls.company
        return ward

    @classmethod
    def _create_group(cls, name, ward=None):
        return cls.env["kdc.area"].create(
            {"name": name, "kind": "group", "unit_type": "to_dan_pho", "parent_id": (ward or cls.ward).id}
        )

    @classmethod
    def _create_dwelling(cls, house_number, street, area, **vals):
        return cls.env["kdc.dwelling"].create(
            {"house_number": house_number, "street": street, "area_id": area.id, "company_id": cls.company.id, **vals}
        )

    @classmethod
    def _create_household(cls, dwelling, people, date_start="2020-01-01", **vals):
        """Create a household; ``people`` are (role, name, birth date, sex, personal number, phone)."""
        household = cls.env["kdc.household"].create({"dwelling_id": dwelling.id, "company_id": cls.company.id, **vals})
        residents = cls.env["kdc.resident"].create(
            [
                {
                    "name": name,
                    "birth_date": birth_date,
                    "sex": sex,
                    "personal_number": number,
                    "phone": phone,
                    "company_id": cls.company.id,
                    "parent_id": household.partner_id.id,
                }
                for _role, name, birth_date, sex, number, phone in people
            ]
        )
        cls.env["kdc.household.membership"].create(
            [
                {
                    "household_id": household.id,
                    "resident_id": resident.id,
                    "role": person[0],
                    # A child joins when it is born, the others when the register starts.
                    "date_start": max(date.fromisoformat(date_start), resident.birth_date or date.min),
                }
                for resident, person in zip(residents, people, strict=True)
            ]
        )
        return household

    @classmethod
    def _user_values(cls, login, groups, **vals):
        """Return the values of a user with these groups, whose password is the login."""
        return {
            "login": login,
            "password": login,
            "name": f"{login} ({groups})",
            "email": f"{login}@example.com",
            "group_ids": [Command.set([cls.env.ref(group).id for group in groups.split(",")])],
            "company_id": cls.company.id,
            "company_ids": [Command.set(cls.company.ids)],
            **vals,
        }

    @classmethod
    def _portal_user_values(cls, login, resident):
        """Return the values of a resident's user."""
        return cls._user_values(login, "base.group_portal", partner_id=resident.partner_id.id, name=resident.name)

    @classmethod
    def _create_users(cls, *values):
        """Create several users at once: each alone takes as long as a household."""
        return cls.env["res.users"].with_context(**QUIET).create(values)

    @classmethod
    def _create_user(cls, login, groups, **vals):
        return cls._create_users(cls._user_values(login, groups, **vals))

    @classmethod
    def _create_portal_user(cls, login, resident):
        return cls._create_users(cls._portal_user_values(login, resident))

    def check_rights(self, records, rights, users):
        """Check who may do what with ``records``, access list and rules together.

        :param records: no record: what the access list alone allows
        :param rights: {role: letters of ``OPERATIONS``}; who is not named may do nothing
        :param users: {role: user}
        """
        for role, user in users.items():
            mine = records.with_user(user).sudo(False)
            allowed = {letter for letter, operation in OPERATIONS.items() if mine.has_access(operation)}
            with self.subTest(records=records, role=role):
                self.assertEqual(allowed, set(rights.get(role, "")))

    def check_home(self, user):
        """Check that every count of the home of ``user`` opens the list it counts; return the cards by key."""
        home = self.env["kdc.home"].with_user(user)
        cards = home.get_home()["cards"]
        for card in cards:
            with self.subTest(user=user.login, card=card["key"]):
                action = home.open_card(card["key"])
                if card["kind"] == "job":
                    self.assertIsNone(card["count"])
                    continue
                self.assertEqual(action["display_name"], card["title"])
                self.assertFalse([name for name in action["context"] if name.startswith("search_default_")])
                found = self.env[action["res_model"]].with_user(user).search_count(action["domain"])
                self.assertEqual(found, card["count"])
        return {card["key"]: card for card in cards}

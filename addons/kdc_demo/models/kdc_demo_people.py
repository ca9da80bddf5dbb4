from dataclasses import dataclass

from odoo import api, models
from odoo.fields import Command

from ..engine import places, story

#: One password for everybody: this is a demo on 127.0.0.1.
PASSWORD = "khudancu"  # noqa: S105


@dataclass(frozen=True)
class Person:
    """A person to log in as.

    ``groups`` are for staff; ``place`` is the position of a resident's household in the main ward.
    """

    login: str
    role: str
    name: str
    try_text: str
    url: str
    groups: tuple[str, ...] = ()
    place: int | None = None


STAFF = (
    Person("canbo", "Cán bộ phường", "Trần Thị Minh Châu", "Nhập danh sách hộ từ tệp Excel, in phiếu mời.", "/odoo",
           ("kdc_residents.group_officer", "kdc_feedback.group_intake")),
    Person("totruong", "Tổ trưởng dân phố", "Nguyễn Văn Phước", "Xem các hộ trong tổ của mình.", "/odoo",
           ("kdc_residents.group_area_head",)),
    Person("xahoi", "Cán bộ lao động – xã hội", "Võ Thị Lan Anh", "Ghi diện chính sách của hộ, chỉ mình xem được.",
           "/odoo", ("kdc_residents.group_social",)),
    Person("ketoan", "Kế toán", "Lê Thị Thu Hà", "Nhập chỉ số, lập hóa đơn tháng, phát hành.", "/odoo",
           ("kdc_utilities.group_accountant", "kdc_utilities_reconcile.group_reconciler")),
    Person("ketoantruong", "Kế toán trưởng", "Phạm Quốc Vinh", "Duyệt kỳ hóa đơn do kế toán lập.", "/odoo",
           ("kdc_utilities.group_approver",)),
    Person("thuquy", "Người thu tiền", "Võ Thị Kim Oanh", "Mở quầy thu, nhận tiền mặt, in phiếu thu.", "/odoo",
           ("kdc_utilities.group_collector",)),
    Person("tiepnhan", "Tiếp nhận phản ánh", "Đặng Hoàng Nam", "Phân loại, chuyển phản ánh cho đơn vị xử lý.", "/odoo",
           ("kdc_feedback.group_routed",)),
    Person("xuly", "Xử lý phản ánh", "Huỳnh Minh Quân", "Trả lời phản ánh kèm ảnh kết quả.", "/odoo",
           ("kdc_feedback.group_handler",)),
    Person("cho", "Kiểm duyệt chợ", "Bùi Ngọc Thảo", "Duyệt gian hàng và hàng hóa mới.", "/odoo",
           ("kdc_marketplace.group_moderator",)),
    Person("chutich", "Chủ tịch phường", "Trương Đình Lợi", "Xem mọi số liệu của phường, không sửa.", "/odoo",
           ("kdc_residents.group_auditor",)),
)  # fmt: skip

RESIDENTS = (
    Person("cudan", "Cư dân (chủ hộ)", "", "Xem hóa đơn, quét mã QR, gửi phản ánh kèm ảnh.", "/my", place=0),
    Person("cudan2", "Cư dân (hộ khác)", "", "Đặt mua trong chợ của phường.", "/my", place=1),
    Person("chushop", "Chủ gian hàng", "", "Nhận đơn mới, đăng hàng có ảnh.", "/my/shop", place=story.SHOPS[0].place),
)  # fmt: skip

#: A contractor's people, who belong to no household.
OUTSIDE = (
    Person("doithicong", "Đội thi công bên ngoài", "Đội thoát nước Hải Đăng",
           "Nhận việc phường giao, trả kết quả kèm ảnh.", "/my/team-tasks"),
)  # fmt: skip

#: Who represents the enterprise among the shops, a resident of another ward; `kdc_demo_market` lets this person in.
BUSINESS = Person("doanhnghiep", "Doanh nghiệp ngoài phường", "Trần Quốc Việt",
                  "Nhận đơn của doanh nghiệp, tạo mã cho nhân viên.", "/my/shop")  # fmt: skip


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_people(self):
        """Create one user per job, and the residents who have activated their account."""
        company = self._company(places.WARDS[0].code)
        area = self.env["kdc.area"].search([("kind", "=", "group"), ("company_id", "=", company.id)], limit=1)
        for person in STAFF:
            user = self._make_user(person, company, [self.env.ref(group).id for group in person.groups])
            if person.login in ("totruong", "thuquy"):
                user.kdc_area_ids = area if person.login == "totruong" else area.parent_id
        households = self._main_households()
        for person in RESIDENTS:
            if person.place < len(households):
                self._make_resident_user(person.login, households[person.place].head_id)
        for person in OUTSIDE:
            self._make_outside_user(person, company)
        admin = self.env.ref("base.user_admin")
        admin.write({"lang": "vi_VN", "tz": "Asia/Ho_Chi_Minh", "name": "Quản trị hệ thống"})
        self._set_password(admin)

    @api.model
    def _make_user(self, person, company, group_ids):
        user = self.env["res.users"].search([("login", "=", person.login)])
        if not user:
            user = self.env["res.users"].create({
                "name": person.name, "login": person.login,
                "email": f"{person.login}@khanhhoa.example", "lang": "vi_VN", "tz": "Asia/Ho_Chi_Minh",
                "company_id": company.id, "company_ids": [Command.set(company.ids)],
                "group_ids": [Command.set(group_ids)], "notification_type": "inbox", "tour_enabled": False,
            })  # fmt: skip
            user.odoobot_state = "disabled"
            self._set_password(user)
        return self._remember(f"user_{person.login}", user)

    @api.model
    def _make_resident_user(self, login, resident, password=True):
        """Let ``resident`` into the portal, as an activated code would.

        :param password: False for people nobody logs in as
        """
        user = self.env["res.users"].search([("login", "=", login)])
        if not user:
            user = self.env["res.users"].create({
                "login": login, "partner_id": resident.partner_id.id,
                "lang": "vi_VN", "tz": "Asia/Ho_Chi_Minh", "company_id": resident.company_id.id,
                "company_ids": [Command.set(resident.company_id.ids)],
                "group_ids": [Command.set([self.env.ref("base.group_portal").id])], "tour_enabled": False,
            })  # fmt: skip
            if password:
                self._set_password(user)
        return self._remember(f"user_{login}", user)

    @api.model
    def _make_outside_user(self, person, company):
        """Give somebody outside an account of the portal, without an address: nothing is mailed from a demo."""
        user = self.env["res.users"].search([("login", "=", person.login)])
        if not user:
            user = self.env["res.users"].create({
                "name": person.name, "login": person.login, "lang": "vi_VN", "tz": "Asia/Ho_Chi_Minh",
                "company_id": company.id, "company_ids": [Command.set(company.ids)],
                "group_ids": [Command.set([self.env.ref("base.group_portal").id])], "tour_enabled": False,
            })  # fmt: skip
            self._set_password(user)
        return self._remember(f"user_{person.login}", user)

    @api.model
    def _set_password(self, users):
        """Give everybody the demo's password, hashed once: hashing is slow on purpose, and there are many."""
        hashed = self.env.cr.cache.get("kdc_demo.password") or self.env["res.users"]._crypt_context().hash(PASSWORD)
        self.env.cr.cache["kdc_demo.password"] = hashed
        for user in users:
            user._set_encrypted_password(user.id, hashed)

    @api.model
    def _user(self, login):
        """Return a person of the story."""
        return self._made(f"user_{login}")

    @api.model
    def _people(self):
        """Return who can be logged in as, one per job, with what to try (the launcher prints it)."""
        people = []
        for person in (*RESIDENTS, BUSINESS, *OUTSIDE, *STAFF):
            user = self._user(person.login)
            if user:
                people.append({
                    "role": person.role, "name": user.name, "login": person.login, "password": PASSWORD,
                    "try_text": person.try_text, "url": person.url,
                })  # fmt: skip
        admin = self.env.ref("base.user_admin")
        people.append({
            "role": "Quản trị hệ thống", "name": admin.name, "login": admin.login, "password": PASSWORD,
            "try_text": "Cài đặt, phân quyền.", "url": "/odoo",
        })  # fmt: skip
        return people

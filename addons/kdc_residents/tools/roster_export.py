"""Writes households as the spreadsheet that the import reads: importing it again changes nothing."""

from odoo.tools import html2plaintext

from ..engine import phone, roster, roster_roles, sheet

#: The headings of the list, as wards know them, with the width of their columns in characters.
COLUMNS = {
    "STT": 6, "Mã hộ": 14, "Họ và tên": 28, "Ngày sinh": 12, "Giới tính": 9, "Số định danh/CCCD": 18,
    "Quan hệ với chủ hộ": 18, "Số nhà": 12, "Hẻm": 10, "Đường": 24, "Tổ dân phố": 26, "Số điện thoại": 16, "Email": 24,
    "Ghi chú": 30,
}  # fmt: skip


#: Persons read at a time.
PART = 1000


def export(memberships, go_on=None):
    """Return an .xlsx of these live memberships, household by household with the head first.

    :param go_on: called after each part with the number of persons written; when it says False, None is returned
    """
    rows, ordered = [list(COLUMNS)], _ordered(memberships)
    for start in range(0, len(ordered), PART):
        part = ordered[start : start + PART]
        # Sealed numbers are never read along with other fields.
        part.resident_id.fetch(["personal_number_sealed"])
        rows += [[number, *_row(membership)] for number, membership in enumerate(part, start=start + 1)]
        if go_on and not go_on(len(rows) - 1):
            return None
    return sheet.write_xlsx(rows, "Danh sách", widths=COLUMNS.values())


def _ordered(memberships):
    return memberships.sorted(
        lambda m: (m.area_id.sequence, m.area_id.id, m.household_id.code or "", m.household_id.id, m.role_order, m.id)
    )


def _row(membership):
    resident, household = membership.resident_id, membership.household_id
    dwelling = household.dwelling_id
    birth = resident.birth_date or ""
    return [
        household.code,
        resident.name,
        birth.year if birth and resident.birth_year_only else birth,
        roster.written_sex(resident.sex),
        resident.personal_number or "",
        roster_roles.written_role(membership.role, resident.sex),
        dwelling.house_number or "",
        dwelling.alley or "",
        dwelling.street or "",
        dwelling.area_id.name,
        phone.display(resident.phone),
        resident.email or "",
        html2plaintext(resident.comment).strip() if resident.comment else "",
    ]

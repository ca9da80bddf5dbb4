"""The pilot area: wards of Nha Trang since 2025-07-01, their residential groups and their streets.

The pilot wards of 2021 were merged: Lộc Thọ and Tân Lập into phường Nha Trang (22366), Vĩnh Phương into phường Bắc
Nha Trang (22333), Phương Sài and Vĩnh Hiệp into phường Tây Nha Trang (22390); see NQ 1667/NQ-UBTVQH15.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Households of one residential group before another group is opened (about the size of TT 14/2018/TT-BNV).
GROUP_SIZE = 400


@dataclass(frozen=True)
class Quarter:
    """A former ward: its name, streets and middle, from which groups of today's ward are made.

    ``slashed``: people there write houses in alleys as 45/3, not as number 3 of alley 45.
    """

    key: str
    name: str
    ward: str
    first_group: int
    share: int
    streets: tuple[str, ...]
    latitude: float
    longitude: float
    slashed: bool = True


@dataclass(frozen=True)
class Ward:
    """A ward of today; one ``res.company``. ``bin`` is the bank's 6-digit identification number (VietQR)."""

    code: str
    name: str
    address: str
    phone: str
    bank: str
    bin: str
    account: str


@dataclass(frozen=True)
class Group:
    """A residential group (tổ dân phố) and how many households live there."""

    code: str
    name: str
    quarter: Quarter
    households: int


WARDS = (
    Ward("22366", "Phường Nha Trang", "42 Lê Thánh Tôn", "02583520001", "Vietcombank", "970436", "0011001234567"),
    Ward("22333", "Phường Bắc Nha Trang", "01 Nguyễn Xiển", "02583520002", "VietinBank", "970415", "113366668888"),
    Ward("22390", "Phường Tây Nha Trang", "80 Phương Sài", "02583520003", "BIDV", "970418", "8840012345678"),
)

QUARTERS = (
    Quarter("LT", "Lộc Thọ", "22366", 5, 35,
            ("Nguyễn Thiện Thuật", "Trần Quang Khải", "Hùng Vương", "Biệt Thự", "Tuệ Tĩnh"), 12.2415, 109.1930),
    Quarter("TL", "Tân Lập", "22366", 3, 25,
            ("Hồng Bàng", "Ngô Gia Tự", "Nguyễn Trãi", "Tô Hiến Thành", "Bạch Đằng"), 12.2345, 109.1900),
    Quarter("VP", "Vĩnh Phương", "22333", 2, 15,
            ("Nguyễn Xiển", "Hương lộ 45", "Đắc Lộc", "Xuân Phong"), 12.2950, 109.1550, slashed=False),
    Quarter("PS", "Phương Sài", "22390", 7, 13,
            ("Phương Sài", "Trần Quý Cáp", "Yết Kiêu", "Trịnh Phong"), 12.2505, 109.1815),
    Quarter("VH", "Vĩnh Hiệp", "22390", 4, 12,
            ("23 Tháng 10", "Lương Định Của", "Vĩnh Điềm", "Gò Cây Sung"), 12.2545, 109.1620, slashed=False),
)  # fmt: skip


def groups(households: int) -> list[Group]:
    """Spread ``households`` over the five quarters by their share; a full group opens the next one.

    The five pilot groups always exist, even with fewer households than groups.
    """
    total_share = sum(quarter.share for quarter in QUARTERS)
    result = []
    given = 0
    upto = 0
    for quarter in QUARTERS:
        upto += quarter.share
        count = households * upto // total_share - given
        given += count
        number = max(1, -(-count // GROUP_SIZE))
        for place in range(number):
            size = count * (place + 1) // number - count * place // number
            ordinal = quarter.first_group + place
            code = f"{quarter.ward}.{quarter.key}{ordinal:02d}"
            result.append(Group(code, f"Tổ dân phố {ordinal} {quarter.name}", quarter, size))
    return result

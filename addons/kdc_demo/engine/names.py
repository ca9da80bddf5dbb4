"""Vietnamese personal names by sex and birth cohort.

Shares of family names follow the published national order (Nguyễn about 38 %, Trần 11 %, Lê 9.5 %, Phạm 7 % …) with the
south-central forms (Huỳnh, Võ) before the northern ones (Hoàng, Vũ). Given names follow the taste of each generation.
"""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate
from random import Random

SURNAMES = (
    ("Nguyễn", 384), ("Trần", 110), ("Lê", 95), ("Phạm", 70), ("Huỳnh", 41), ("Phan", 45), ("Võ", 34), ("Đặng", 21),
    ("Bùi", 20), ("Đỗ", 14), ("Hồ", 13), ("Ngô", 13), ("Dương", 10), ("Hoàng", 10), ("Trương", 12), ("Đinh", 8),
    ("Lý", 5), ("Vũ", 6), ("Mai", 6), ("Lương", 5), ("Cao", 6), ("Đoàn", 7), ("Trịnh", 4), ("Hà", 4), ("Lâm", 4),
    ("Thái", 3), ("Châu", 3), ("Tô", 3), ("Phùng", 2), ("Tạ", 2), ("Kiều", 1), ("Văn", 1), ("Bo Bo", 1), ("Mấu", 1),
)  # fmt: skip

#: Birth years at which the taste in names changes: before 1960, 1960–1979, 1980–1999, from 2000.
COHORTS = (1960, 1980, 2000)

MIDDLE = {
    "male": (
        "Văn Văn Văn Văn Văn Hữu Đình Xuân Công Ngọc".split(),
        "Văn Văn Văn Văn Hữu Đình Thanh Ngọc Quốc Minh Đức Xuân".split(),
        "Văn Văn Minh Quốc Thanh Hoàng Anh Đức Ngọc Trung Hữu Duy".split(),
        "Minh Gia Quốc Hoàng Bảo Đăng Anh Nhật Tuấn Đức Khánh Thiên".split(),
    ),
    "female": (
        "Thị Thị Thị Thị Thị Thị Thị Kim Ngọc".split(),
        "Thị Thị Thị Thị Thị Kim Ngọc Thanh Bích Thu".split(),
        "Thị Thị Thị Ngọc Thanh Kim Thùy Phương Bích Hồng Thu Mỹ".split(),
        "Ngọc Bảo Thị Khánh Minh Gia Phương Thanh Tường Quỳnh Hoàng Thảo".split(),
    ),
}

GIVEN = {
    "male": (
        "Hai Ba Tư Năm Sáu Bảy Tám Hòa Bình Thành Lợi Phước Đức Thọ Tâm Minh Hiếu Nghĩa Xuân Sang".split(),
        "Hùng Dũng Cường Sơn Tuấn Minh Hải Long Thành Bình Hòa Quang Phúc Đức Lâm Thắng Vinh Tân Hưng Nam".split(),
        "Tuấn Huy Hoàng Nam Khoa Thịnh Phong Long Dũng Hiếu Tín Đạt Trung Kiên Bảo Vũ Tài Linh Thắng Quân".split(),
        "Khang Bảo Huy Khôi Minh Phúc An Khoa Đăng Quân Nguyên Phát Anh Thiện Kiệt Long Hưng Lâm Tùng Vinh".split(),
    ),
    "female": (
        "Lan Cúc Sen Hoa Mai Tám Bảy Sáu Năm Bông Lành Hiền Phận Lệ Nga Hường Xuân Đào Liên Thu".split(),
        "Hồng Lan Hoa Mai Hương Thủy Hạnh Nga Phượng Loan Liên Thu Dung Hiền Tuyết Vân Yến Nguyệt Oanh Sương".split(),
        "Trang Linh Hà Thảo Hằng Phương Ngân Nhung Vy Thúy Oanh Trinh Duyên Diễm Quyên Hân Tâm Nhi Uyên Dung".split(),
        "Anh Vy Ngân Hân Trâm Ngọc Châu Thư Nhi My Khuê Linh Quyên An Như Trúc Hà Thy Đan Mai".split(),
    ),
}

_SURNAME_NAMES = tuple(name for name, _weight in SURNAMES)
_SURNAME_LIMITS = tuple(accumulate(weight for _name, weight in SURNAMES))


def surname(rng: Random) -> str:
    """Draw a family name with its real share of the population."""
    return _SURNAME_NAMES[bisect(_SURNAME_LIMITS, rng.random() * _SURNAME_LIMITS[-1])]


def personal_names(rng: Random, sex: str, birth_year: int, taken: set[str]) -> str:
    """Return middle and given name for somebody of that ``sex`` born in ``birth_year``.

    :param taken: given names already used among the siblings; the new one is added. No two siblings share one.
    """
    cohort = bisect(COHORTS, birth_year)
    middle = rng.choice(MIDDLE[sex][cohort])
    free = [name for name in GIVEN[sex][cohort] if name not in taken and name != middle]
    given = rng.choice(free or GIVEN[sex][cohort])
    taken.add(given)
    return f"{middle} {given}"

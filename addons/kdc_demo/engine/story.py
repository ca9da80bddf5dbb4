# ruff: noqa: E501 (a table of sentences)
"""The demo's story: shops with their goods, and what residents report. Vietnamese, because it is data and not code."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Listing:
    """Something a shop sells; ``price`` in VND, ``state`` as moderators see it."""

    name: str
    price: int
    unit: str
    description: str
    motif: str
    main: str
    accent: str
    stock: int = 20
    state: str = "published"
    resident_price: int = 0  # VND, what neighbours pay
    origin: str = ""
    home_made: bool = False
    ocop: tuple = ()  # stars, number of the decision, days until it ends
    colours: tuple = ()  # of further photos
    choices: tuple = ()  # what is chosen, then (choice, price, stock) of each
    new_name: str = ""  # what the shop has made of it since, when the state is "changed"
    new_price: int = 0
    new_description: str = ""
    slots: dict = field(default_factory=dict)  # of a service by appointment: its fields kdc_slot_*


@dataclass(frozen=True)
class Shop:
    """A household's shop. ``place`` is the position of the owner's household in the main ward."""

    name: str
    place: int
    intro: str
    hours: str
    state: str = "open"
    listings: tuple[Listing, ...] = field(default_factory=tuple)
    legal_name: str = ""
    tax_code: str = ""  # of an enterprise
    trade: str = "meals"  # category of the market
    days: int = 7  # from Monday on: 6 is closed on Sunday


SHOPS = (
    Shop("Bún cá Cô Tám", 4, "Bún cá, chả cá Nha Trang nấu mỗi sáng. Giao trong phường trước 10 giờ.", "6:00–13:00", "open", (
        Listing("Bún cá dầm", 40_000, "tô", "Cá thu dầm, sứa giòn, nước lèo nấu từ xương cá.", "bowl", "#e8a33d", "#f6e7c8",
                resident_price=35_000, home_made=True, colours=("#d98b45", "#c97b2f")),
        Listing("Bún chả cá", 35_000, "tô", "Chả cá mối chiên và hấp, kèm rau sống.", "bowl", "#d98b45", "#f2c98f"),
        Listing("Chả cá chiên", 38_000, "gói", "Làm trong ngày, hút chân không nếu gửi xa.", "cake", "#e8b96a", "#c98335",
                choices=("Gói", ("300 g", 38_000, 12), ("500 g", 62_000, 8), ("1 kg", 120_000, 0))),
        Listing("Bánh căn mực trứng", 45_000, "phần", "Một phần 10 cái, kèm nước mắm và xíu mại.", "cake", "#fbf3dd", "#f0a94a",
                state="pending"),
        Listing("Lớp nấu bún cá", 120_000, "người", "Học nấu nước lèo và chiên chả cá tại quán, mang phần về nhà.", "bowl", "#c97b2f", "#f6e7c8",
                slots={"minutes": 90, "capacity": 4, "lead": 12, "hours": "14:00–17:00", "days": "2456"}),
    )),
    Shop("Nem nướng Bà Hai", 9, "Nem nướng Ninh Hòa, gói mang về, nước chấm nhà làm.", "9:00–20:00", "open", (
        Listing("Nem nướng cuốn", 50_000, "phần", "10 cuốn, rau sống, bánh tráng, nước chấm.", "plate", "#a8552b", "#d9894f"),
        Listing("Nem chua Ninh Hòa", 55_000, "chục", "Gói lá, dùng ngon sau hai ngày.", "plate", "#b5473f", "#d98478"),
        Listing("Chạo tôm", 60_000, "phần", "Năm cây chạo, bánh tráng và rau sống.", "plate", "#e08a5a", "#f0b48c",
                state="changed", new_name="Chạo tôm bọc mía", new_price=65_000,
                new_description="Năm cây chạo bọc mía, bánh tráng, rau sống, tặng kèm chai rượu nếp nhỏ."),
    )),
    Shop("Hải sản Biển Xanh", 14, "Cá, mực một nắng phơi tại nhà; lấy hàng ghe về mỗi sáng.", "5:30–11:00, 15:00–18:00", "open", (
        Listing("Cá thu tươi cắt lát", 220_000, "kg", "Cá ghe nhỏ, làm sạch sẵn.", "fish", "#7d9bb0", "#9fb7c6", 12),
        Listing("Mực một nắng", 480_000, "kg", "Mực lá phơi một nắng, 4–5 con một ký.", "fish", "#d9b7a1", "#e9d0c0", 6),
        Listing("Nước mắm cá cơm 40 độ đạm", 95_000, "chai", "Ủ chượp 12 tháng, chai 500 ml.", "bottle", "#7a3b1c", "#8f4a24", 40,
                origin="Nhà thùng ở Vĩnh Trường, Nha Trang", ocop=("4", "1287/QĐ-UBND", 400)),
    ), "Công ty TNHH Hải sản Biển Xanh", "0314409058", trade="seafood"),
    Shop("Trái cây Khánh Sơn", 20, "Trái cây nhà vườn miền núi của tỉnh, chở xuống thứ ba và thứ sáu.", "7:00–19:00", "open", (
        Listing("Sầu riêng Khánh Sơn", 110_000, "kg", "Giống Monthong, cơm vàng, bao ăn.", "durian", "#7f9a3c", "#65802c", 15,
                resident_price=100_000, origin="Vườn nhà ở Khánh Sơn", home_made=True, ocop=("3", "902/QĐ-UBND", 200)),
        Listing("Bưởi da xanh", 45_000, "kg", "Trái 1,2–1,5 kg.", "fruit", "#7fae4a", "#b9d77f", 30,
                origin="Khánh Vĩnh", ocop=("3", "415/QĐ-UBND", -20)),
        Listing("Quýt đường", 38_000, "kg", "Ngọt, mỏng vỏ.", "fruit", "#e2762f", "#f6b483", 0),
    ), trade="fruit"),
    Shop("Sửa điện nước Anh Dũng", 26, "Sửa ống nước, điện nhà, thay bóng đèn. Có mặt trong 60 phút tại phường.", "7:00–21:00",
         "open", (
        Listing("Công thợ sửa điện nước", 150_000, "giờ", "Chưa gồm vật tư, báo giá trước khi làm.", "tools", "#2f6f9f", "#1f4f75",
                slots={"minutes": 60, "place": "home", "lead": 2, "cancel": 6}),
        Listing("Thay bóng đèn LED 12 W", 65_000, "cái", "Gồm bóng và công thay.", "lamp", "#ffd65a", "#e59a1f"),
    ), days=6, trade="services"),
    Shop("Rau sạch Vườn Nhà", 31, "Rau trồng sân thượng, cắt theo đơn đặt trước một ngày.", "6:00–9:00", "submitted", (
        Listing("Rau cải ngọt", 18_000, "bó", "Bó 400 g.", "vegetable", "#5aa65c", "#2f7a3c", 10, "draft"),
    ), trade="fruit"),
)  # fmt: skip


@dataclass(frozen=True)
class Report:
    """A resident's feedback and how it ended.

    ``category`` is the code of the feedback category, ``place`` the position of the reporter's household in the main
    ward (0 is the demo's resident), ``days`` how long ago it was sent, ``state`` where the story leaves it, ``answer``
    the words of the ward on the way there, ``closing`` the reporter's last words.
    """

    title: str
    text: str
    category: str
    place: int
    days: float
    state: str
    scene: str = ""
    answer: str = ""
    answer_scene: str = ""
    closing: str = ""
    rating: int = 0
    privacy: str = "hidden"


REPORTS = (
    Report("Ổ gà lớn trước nhà", "Mặt đường có ổ gà sâu, tối qua một xe máy bị ngã. Nhờ phường cho vá sớm.",
           "pothole", 0, 9, "done", "pothole",
           "Tổ quản lý đô thị đã vá mặt đường sáng nay và sẽ kiểm tra lại sau mưa. Cảm ơn Ông/Bà đã báo.", "mended"),
    Report("Đèn đường hỏng ở đầu hẻm", "Hai bóng đèn đầu hẻm không sáng ba đêm nay, các cháu đi học thêm về rất tối.",
           "lamp", 0, 1.5, "in_progress", "lamp"),
    Report("Rác chưa thu gom", "Xe rác không qua hẻm hai hôm nay, rác dồn ở gốc cây bốc mùi.",
           "waste_missed", 5, 0.4, "new", "rubbish"),
    Report("Hẻm chưa được lấy rác", "Rác trong hẻm chưa ai lấy từ hôm kia.", "waste_missed", 7, 0.3, "merged"),
    Report("Ngập sau mưa lớn", "Mưa khoảng một giờ là nước lên tới bậc thềm, miệng cống bị lá bịt.",
           "flood", 11, 12, "in_progress", "flood"),
    Report("Cành cây gãy vắt trên dây điện", "Cành phượng gãy đang vắt trên dây điện, gió là chạm mái tôn.",
           "tree_fallen", 17, 20, "closed", "branch", "Đội cây xanh đã cắt cành và dọn trong ngày.", "mended",
           "Anh em làm rất nhanh, cảm ơn phường.", 5),
    Report("Hát karaoke quá khuya", "Quán đầu đường mở loa kẹo kéo tới 23 giờ 30 nhiều đêm liền.",
           "noise", 23, 16, "closed", "", "Phường đã nhắc nhở, quán cam kết tắt loa trước 22 giờ.", "",
           "Đỡ hơn nhưng cuối tuần vẫn còn ồn.", 3, "anonymous"),
    Report("Xe đậu chắn lối ra vào hẻm", "Ô tô đậu qua đêm ngay đầu hẻm, xe cấp cứu không vào được.",
           "pavement_use", 28, 11, "disputed", "", "Đã nhắc chủ xe và kẻ vạch cấm đỗ.", "",
           "Hôm qua xe lại đậu chỗ cũ, nhờ phường xem lại."),
    Report("Hỏi giờ tiếp dân", "Cho tôi hỏi thứ bảy phường có tiếp dân không.", "office", 33, 15, "closed", "",
           "Phường tiếp dân sáng thứ bảy từ 7 giờ 30 đến 11 giờ tại bộ phận một cửa.", "", "", 4, "named"),
    Report("Nắp cống bị vỡ", "Nắp cống trước số 21 bị vỡ một góc, người đi bộ dễ hụt chân.",
           "manhole", 36, 0.8, "with_team", "pothole",
           "Nhờ đội thay nắp cống, rào tạm ngay trong ngày vì gần trường học."),
    Report("Ống nước rò rỉ", "Nước rỉ ra mặt đường suốt đêm, vỉa hè trơn trượt.", "water_leak", 15, 2.5, "waiting", "flood",
           "Nhờ Ông/Bà cho biết nước rỉ ở trước nhà số mấy để thợ tới đúng chỗ."),
    Report("Bụi từ công trình xây dựng", "Công trình kế bên không che bạt, bụi bay vào nhà cả ngày.",
           "building", 19, 6, "deferred", "",
           "Chủ công trình xin che bạt xong trong tuần sau; phường sẽ kiểm tra lại vào ngày đã hẹn."),
    Report("Đề nghị trồng thêm cây bóng mát", "Đoạn vỉa hè trước nhà văn hóa không có bóng mát.",
           "pruning", 38, 30, "refused", "",
           "Vỉa hè đoạn này thuộc dự án do Ban Quản lý dự án tỉnh thực hiện. Phường đã chuyển kiến nghị sang Ban."),
    Report("Dây cáp chùng sát mái tôn", "Bó dây cáp trước nhà chùng xuống sát mái tôn, gió là chạm nhau.",
           "cable", 22, 14, "forwarded", "",
           "Tuyến dây này do công ty điện lực quản lý. Phường đã gửi văn bản đề nghị căng lại dây và theo dõi đến khi có trả lời."),
    Report("Khiếu nại bồi thường đất", "Tôi không đồng ý với quyết định bồi thường đất của gia đình.",
           "misc", 40, 8, "routed"),
)  # fmt: skip

#: Position of the household before whose house the same drain is blocked again and again, as in ``Report``.
RECURRING_PLACE = 26
#: What its reporter wrote, and how many days ago.
RECURRING = (
    ("Miệng cống đầu hẻm bị rác bịt, nước đọng trước nhà.", 71),
    ("Miệng cống đầu hẻm lại nghẹt, mưa nhỏ cũng đọng nước.", 43),
    ("Cống đầu hẻm nghẹt lần nữa, nước tràn vào sân.", 17),
)

"""Small illustrations drawn with Pillow: goods for the market and street scenes for feedback.

Everything is drawn from shapes at twice the size and scaled down; no picture of anybody else's is used. JPEG, a few
tens
of kB, so that the light pages stay light.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from math import cos, pi, sin

from PIL import Image, ImageDraw, ImageFont

SCALE = 2
SIZE = 640


class Canvas:
    """A drawing surface in units of a 640 × 640 (or 640 × 480) picture."""

    def __init__(self, width: int = SIZE, height: int = SIZE, top: str = "#eaf4f4", bottom: str = "#cfe3e2"):
        self.image = Image.new("RGB", (width * SCALE, height * SCALE), top)
        self.width, self.height = width, height
        self.draw = ImageDraw.Draw(self.image)
        self._gradient(top, bottom)

    def _gradient(self, top: str, bottom: str) -> None:
        mask = Image.linear_gradient("L").resize(self.image.size)
        self.image.paste(Image.composite(Image.new("RGB", self.image.size, bottom), self.image, mask))

    @staticmethod
    def _scaled(points):
        return [(x * SCALE, y * SCALE) for x, y in points]

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: str, outline: str | None = None, width: int = 0):
        """Draw an ellipse around (x, y)."""
        box = self._scaled([(x - rx, y - ry), (x + rx, y + ry)])
        self.draw.ellipse(box, fill=fill, outline=outline, width=width * SCALE)

    def box(self, left: float, top: float, right: float, bottom: float, fill: str, radius: int = 0):
        """Draw a rectangle, its corners rounded by ``radius``."""
        self.draw.rounded_rectangle(self._scaled([(left, top), (right, bottom)]), radius * SCALE, fill=fill)

    def shape(self, points, fill: str):
        """Draw a filled polygon."""
        self.draw.polygon(self._scaled(points), fill=fill)

    def line(self, points, fill: str, width: int):
        """Draw a line with round bends."""
        self.draw.line(self._scaled(points), fill=fill, width=width * SCALE, joint="curve")

    def arc(self, x: float, y: float, rx: float, ry: float, start: int, end: int, fill: str, width: int):
        """Draw a part of an ellipse's edge, degrees clockwise from three o'clock."""
        self.draw.arc(self._scaled([(x - rx, y - ry), (x + rx, y + ry)]), start, end, fill=fill, width=width * SCALE)

    def half(self, x: float, y: float, rx: float, ry: float, fill: str):
        """Draw the lower half of an ellipse: a bowl."""
        self.draw.pieslice(self._scaled([(x - rx, y - ry), (x + rx, y + ry)]), 0, 180, fill=fill)

    def jpeg(self) -> bytes:
        """Return the finished picture."""
        image = self.image.resize((self.width, self.height), Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=82)
        return buffer.getvalue()


# -- goods -----------------------------------------------------------------------------------------------------------


def _bowl(c: Canvas, main: str, accent: str) -> None:
    c.ellipse(320, 545, 190, 24, "#b5cccb")
    c.half(320, 330, 235, 200, "#fdfdfb")
    c.half(320, 352, 205, 170, "#e9eeec")
    c.half(320, 330, 235, 178, "#fdfdfb")
    c.ellipse(320, 330, 235, 62, "#f4f1e8")
    c.ellipse(320, 332, 212, 50, main)
    for step in range(7):
        c.arc(200 + step * 38, 330, 46, 26, 180, 350, "#fff6dc", 7)
    for x, y in ((225, 318), (300, 344), (382, 322), (440, 338)):
        c.ellipse(x, y, 34, 16, accent)
    for x, y in ((260, 338), (345, 316), (410, 350), (290, 310)):
        c.ellipse(x, y, 11, 6, "#3f9b52")
    c.line([(470, 170), (330, 318)], "#8c5a35", 9)
    c.line([(500, 190), (352, 322)], "#7a4d2c", 9)
    for x in (250, 320, 390):
        c.arc(x, 215, 16, 30, 90, 270, "#ffffff", 6)
        c.arc(x, 160, 16, 30, 270, 90, "#ffffff", 6)


def _plate(c: Canvas, main: str, accent: str) -> None:
    c.ellipse(320, 380, 260, 150, "#fbfbf8")
    c.ellipse(320, 376, 205, 112, "#eef1ee")
    for step in range(5):
        x = 205 + step * 56
        c.line([(x, 450), (x + 38, 285)], "#c9a26b", 7)
        c.line([(x + 8, 410), (x + 30, 310)], main, 34)
        c.line([(x + 14, 396), (x + 27, 330)], accent, 8)
    for x, y in ((165, 390), (190, 430), (470, 360), (455, 410)):
        c.ellipse(x, y, 34, 18, "#4fa85f")


def _fish(c: Canvas, main: str, accent: str) -> None:
    c.box(90, 400, 550, 470, "#b98b5a", 18)
    for x in range(110, 540, 74):
        c.line([(x, 402), (x + 40, 468)], "#a67a4b", 4)
    for y, tone in ((360, main), (300, accent)):
        c.ellipse(300, y, 160, 52, tone)
        c.shape([(440, y), (535, y - 52), (515, y), (535, y + 52)], tone)
        c.shape([(270, y - 46), (330, y - 82), (370, y - 40)], tone)
        c.ellipse(195, y - 10, 15, 15, "#ffffff")
        c.ellipse(192, y - 10, 7, 7, "#26323a")
        for step in range(3):
            c.arc(265 + step * 45, y, 22, 30, 90, 270, "#ffffff", 4)


def _fruit(c: Canvas, main: str, accent: str) -> None:
    c.shape([(150, 400), (490, 400), (445, 540), (195, 540)], "#b98047")
    for step in range(5):
        c.line([(165 + step * 16, 425 + step * 26), (475 - step * 14, 425 + step * 26)], "#9c6936", 7)
    for x, y in ((215, 360), (300, 345), (390, 350), (445, 372), (255, 290), (345, 280), (300, 225)):
        c.ellipse(x, y, 58, 56, main)
        c.ellipse(x - 18, y - 18, 16, 13, accent)
        c.line([(x, y - 52), (x + 6, y - 70)], "#6b4a2b", 6)
        c.ellipse(x + 22, y - 64, 19, 9, "#4fa35a")


def _durian(c: Canvas, main: str, accent: str) -> None:
    c.ellipse(320, 560, 190, 22, "#b5cccb")
    spikes = []
    for step in range(72):
        radius = 205 if step % 2 else 178
        spikes.append((320 + radius * cos(step * pi / 36), 350 + radius * 0.98 * sin(step * pi / 36)))
    c.shape(spikes, main)
    for row in range(-3, 4):
        for column in range(-3, 4):
            x, y = 320 + column * 46 + (row % 2) * 23, 350 + row * 46
            if (x - 320) ** 2 + (y - 350) ** 2 < 160**2:
                c.shape([(x - 15, y + 12), (x + 15, y + 12), (x, y - 16)], accent)
    c.line([(320, 170), (330, 105)], "#7a5a33", 22)


def _bag(c: Canvas, main: str, accent: str) -> None:
    c.ellipse(320, 555, 185, 20, "#b5cccb")
    c.box(175, 150, 465, 550, main, 26)
    c.box(175, 150, 465, 200, accent, 18)
    c.box(215, 270, 425, 430, "#fffdf4", 20)
    for x, y in ((280, 345), (320, 325), (360, 350), (300, 380), (345, 385)):
        c.ellipse(x, y, 24, 14, accent)
    for x in range(185, 460, 22):
        c.line([(x, 150), (x + 11, 164), (x + 22, 150)], main, 6)


def _bottle(c: Canvas, main: str, accent: str) -> None:
    c.ellipse(320, 570, 150, 18, "#b5cccb")
    for x, tone in ((215, main), (320, accent), (425, main)):
        c.box(x - 46, 250, x + 46, 565, tone, 26)
        c.box(x - 18, 165, x + 18, 270, tone, 10)
        c.box(x - 24, 135, x + 24, 178, "#9b2f2a", 8)
        c.box(x - 46, 350, x + 46, 470, "#fff8e6", 2)
        c.ellipse(x, 410, 25, 25, "#d98b2b")
        c.line([(x - 28, 280), (x - 28, 335)], "#ffffff", 7)


def _tools(c: Canvas, main: str, accent: str) -> None:
    c.box(130, 330, 510, 540, main, 22)
    c.box(130, 330, 510, 385, accent, 22)
    c.arc(320, 330, 90, 75, 180, 360, accent, 20)
    c.box(295, 370, 345, 415, "#f4f6f6", 8)
    c.line([(180, 300), (265, 160)], "#8895a0", 24)
    c.ellipse(275, 145, 42, 42, "#8895a0")
    c.shape([(262, 95), (318, 120), (280, 150)], "#e0ecec")
    c.line([(440, 310), (395, 130)], "#c6cdd2", 14)
    c.line([(452, 330), (425, 230)], "#d8672c", 32)


def _lamp_repair(c: Canvas, main: str, accent: str) -> None:
    for step in range(12):
        angle = step * pi / 6
        near, far = (320 + 185 * cos(angle), 290 + 185 * sin(angle)), (320 + 235 * cos(angle), 290 + 235 * sin(angle))
        c.line([near, far], accent, 13)
    c.ellipse(320, 290, 140, 140, main)
    c.shape([(240, 390), (400, 390), (372, 470), (268, 470)], main)
    c.box(262, 460, 378, 545, "#7d8a91", 14)
    for y in (482, 508, 532):
        c.line([(262, y), (378, y - 8)], "#5f6b72", 6)
    c.line([(275, 300), (302, 250), (320, 310), (340, 250), (365, 300)], accent, 10)


def _jar(c: Canvas, main: str, accent: str) -> None:
    c.ellipse(320, 560, 170, 20, "#b5cccb")
    c.box(175, 215, 465, 555, "#f7f2e2", 52)
    c.box(190, 300, 450, 540, main, 44)
    c.box(195, 150, 445, 225, accent, 14)
    c.box(175, 350, 465, 470, "#fffdf6", 4)
    c.ellipse(320, 410, 44, 30, accent)
    c.line([(205, 250), (205, 335)], "#ffffff", 9)


def _cake(c: Canvas, main: str, accent: str) -> None:
    c.ellipse(320, 470, 255, 70, "#fbfbf8")
    for x, y in ((210, 400), (330, 390), (440, 410), (270, 330), (385, 325)):
        c.ellipse(x, y + 20, 68, 34, "#d9c9a8")
        c.ellipse(x, y, 68, 40, main)
        c.ellipse(x, y - 6, 42, 22, accent)
        c.ellipse(x - 10, y - 10, 8, 5, "#3f9b52")
        c.ellipse(x + 14, y - 4, 8, 5, "#d8542c")


def _vegetable(c: Canvas, main: str, accent: str) -> None:
    c.ellipse(320, 560, 190, 20, "#b5cccb")
    for x, lean in ((200, -40), (260, -16), (320, 0), (380, 16), (440, 40)):
        c.line([(320 + (x - 320) * 0.35, 520), (x + lean, 250)], "#d9ead0", 20)
        c.ellipse(x + lean, 220, 62, 98, main)
        c.line([(x + lean, 300), (x + lean, 150)], accent, 6)
    c.box(235, 430, 405, 470, "#d39a4c", 16)


GOODS: dict[str, Callable[[Canvas, str, str], None]] = {
    "bowl": _bowl, "plate": _plate, "fish": _fish, "fruit": _fruit, "durian": _durian, "bag": _bag, "bottle": _bottle,
    "tools": _tools, "lamp": _lamp_repair, "jar": _jar, "cake": _cake, "vegetable": _vegetable,
}  # fmt: skip


def goods(motif: str, main: str, accent: str, background: str = "#eaf4f4") -> bytes:
    """Return a square JPEG of something sold in the market.

    :param motif: a key of :data:`GOODS`.
    :param main: colour of the thing, ``#rrggbb``; ``accent`` its second colour.
    """
    canvas = Canvas(top=background)
    GOODS[motif](canvas, main, accent)
    return canvas.jpeg()


# -- street scenes -----------------------------------------------------------------------------------------------------


def _street(c: Canvas, dark: bool = False) -> None:
    for left, top, tone in ((0, 120, "#e3c9a0"), (150, 70, "#c9d7c5"), (300, 140, "#e6b8a2"), (450, 90, "#b9cbd8")):
        c.box(left, top, left + 150, 330, "#5b6570" if dark else tone)
        for x in (left + 22, left + 86):
            c.box(x, top + 40, x + 40, top + 90, "#f3d98b" if dark and x % 4 else "#7f97a6")
        c.box(left + 50, 250, left + 100, 330, "#6a4b3a")
    c.box(0, 320, 640, 352, "#b9b5ac")
    c.box(0, 350, 640, 480, "#4a4f55" if dark else "#777c82")


def _pothole(c: Canvas) -> None:
    _street(c)
    c.shape([(190, 405), (260, 380), (390, 385), (455, 415), (420, 452), (280, 460), (205, 440)], "#5a534b")
    c.shape([(225, 412), (280, 394), (380, 398), (425, 418), (395, 440), (290, 446)], "#3b3630")
    c.ellipse(330, 424, 60, 12, "#7fa3b5")
    c.shape([(500, 440), (530, 350), (560, 440)], "#e8672a")
    c.box(490, 436, 570, 450, "#d4541c", 4)


def _rubbish(c: Canvas) -> None:
    _street(c)
    for x, y, r, tone in ((230, 400, 58, "#2f3b40"), (320, 415, 66, "#3e6b8a"), (400, 405, 52, "#2f3b40"),
                          (285, 350, 44, "#8a3b3b"), (360, 352, 40, "#e8e6df")):  # fmt: skip
        c.ellipse(x, y, r, r * 0.8, tone)
        c.shape([(x - 12, y - r * 0.75), (x + 12, y - r * 0.75), (x, y - r - 14)], tone)
    for x, y in ((170, 450), (460, 455), (500, 440), (140, 430)):
        c.box(x, y, x + 26, y + 14, "#d9b36a", 3)


def _dark_lamp(c: Canvas) -> None:
    _street(c, dark=True)
    c.line([(470, 470), (470, 110), (380, 80)], "#2b3136", 14)
    c.box(330, 62, 400, 92, "#3b4248", 10)
    c.line([(340, 110), (390, 160)], "#d8442c", 10)
    c.line([(390, 110), (340, 160)], "#d8442c", 10)


def _flood(c: Canvas) -> None:
    _street(c)
    c.box(0, 345, 640, 480, "#8a9a86")
    for y in range(365, 480, 24):
        for x in range(-20, 640, 90):
            c.arc(x + y % 48, y, 30, 8, 200, 340, "#c7d3c2", 5)
    c.box(250, 330, 420, 400, "#b83a35", 26)
    c.box(285, 290, 385, 345, "#8f2a27", 18)


def _branch(c: Canvas) -> None:
    _street(c)
    c.line([(90, 480), (110, 120)], "#6b4a2b", 34)
    c.line([(108, 200), (420, 330)], "#6b4a2b", 20)
    for x, y, r in ((120, 90, 84), (60, 130, 66), (320, 290, 60), (400, 325, 70), (455, 360, 54)):
        c.ellipse(x, y, r, r * 0.75, "#3f7f45")
        c.ellipse(x - 14, y - 12, r * 0.5, r * 0.35, "#5aa05d")
    c.line([(0, 170), (640, 140)], "#2b3136", 4)
    c.line([(0, 190), (640, 160)], "#2b3136", 4)


def _mended(c: Canvas) -> None:
    _street(c)
    c.shape([(170, 400), (470, 392), (500, 455), (150, 462)], "#565b60")
    c.line([(0, 412), (120, 410)], "#f2f2ee", 9)
    c.line([(520, 405), (640, 402)], "#f2f2ee", 9)
    c.ellipse(560, 90, 58, 58, "#2f8f55")
    c.line([(532, 92), (553, 112), (590, 68)], "#ffffff", 13)


SCENES: dict[str, Callable[[Canvas], None]] = {
    "pothole": _pothole, "rubbish": _rubbish, "lamp": _dark_lamp, "flood": _flood, "branch": _branch, "mended": _mended,
}  # fmt: skip


def scene(motif: str) -> bytes:
    """Return a JPEG (640 × 480) as a resident's phone would send it; ``motif`` is a key of :data:`SCENES`."""
    night = motif == "lamp"
    canvas = Canvas(640, 480, "#28323f" if night else "#bfe0f2", "#3c4654" if night else "#e8f3f8")
    SCENES[motif](canvas)
    return canvas.jpeg()


def logo(text: str = "KDC") -> bytes:
    """Return a PNG logo: a roof over three people, in the colours of the sea, and ``text`` beside it."""
    font = _font(96)
    width = 250 + int(font.getlength(text))
    image = Image.new("RGBA", (width, 220), (255, 255, 255, 0))
    draw = ImageDraw.Draw(image)
    draw.polygon([(10, 105), (110, 20), (210, 105)], fill="#0f766e")
    draw.rounded_rectangle([(32, 100), (188, 205)], 12, fill="#0f766e")
    for x, top, tone in ((66, 128, "#a7e3dc"), (110, 112, "#ffffff"), (154, 128, "#a7e3dc")):
        draw.ellipse([(x - 14, top), (x + 14, top + 28)], fill=tone)
        draw.pieslice([(x - 24, top + 32), (x + 24, top + 96)], 180, 360, fill=tone)
    draw.text((235, 112), text, fill="#0f4f4a", font=font, anchor="lm")
    image = image.resize((width // 2, 110), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _font(size: int):
    """Return Roboto when the package that brings it is installed, else Pillow's own font."""
    try:
        from font_roboto import RobotoBold
    except ImportError:
        return ImageFont.load_default(size)
    return ImageFont.truetype(RobotoBold, size)

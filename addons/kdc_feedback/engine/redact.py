"""Part of a photo made unreadable: faces, number plates, house numbers, papers."""

import io
from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image, ImageFilter

QUALITY = 82
#: Squares a blurred part is reduced to before it is smoothed: nothing can be computed back from so few.
BLOCKS = 6


@dataclass(frozen=True)
class Box:
    """A rectangle in percent of the photo, from the upper left corner."""

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self):
        if not (0 <= self.left < self.right <= 100 and 0 <= self.top < self.bottom <= 100):
            raise ValueError("a rectangle needs 0 ≤ left < right ≤ 100 and 0 ≤ top < bottom ≤ 100")

    def pixels(self, width, height):
        """The rectangle in pixels, at least one each way, grown to whole pixels."""
        left, top = int(self.left * width / 100), int(self.top * height / 100)
        right, bottom = -int(-self.right * width // 100), -int(-self.bottom * height // 100)
        return left, top, max(right, left + 1), max(bottom, top + 1)


def redact(data: bytes, boxes: Iterable[Box], mode: str) -> bytes:
    """Return the photo as JPEG with the rectangles covered or blurred, without metadata; encoded once for all of them.

    :param mode: ``cover`` (black) or ``blur``
    """
    if mode not in ("cover", "blur"):
        raise ValueError(f"unknown mode {mode!r}")
    image = Image.open(io.BytesIO(data)).convert("RGB")
    for box in boxes:
        _redact_part(image, box.pixels(*image.size), mode)
    image.info.clear()  # Pillow would write the comment of a JPEG into the new one
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY, exif=b"")
    return out.getvalue()


def _redact_part(image: Image.Image, area: tuple[int, int, int, int], mode: str) -> None:
    """Cover or blur one part of the image, in pixels."""
    if mode == "cover":
        image.paste((0, 0, 0), area)
        return
    part = image.crop(area)
    coarse = part.resize((min(BLOCKS, part.width), min(BLOCKS, part.height)), Image.Resampling.BOX)
    soft = coarse.resize(part.size, Image.Resampling.BILINEAR)
    image.paste(soft.filter(ImageFilter.GaussianBlur(4)), area)

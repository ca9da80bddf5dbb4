"""shrink.py SOURCE TARGET [SOURCE TARGET …]: screenshots as small pictures for the guide."""

import sys

from PIL import Image

#: a screenshot of a whole page on a phone is cut to what the phone shows at once (bars at the bottom stay in place)
PHONE_WIDTH, PHONE_HEIGHT = 480, 740
COLOURS = 128

for source, target in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
    with Image.open(source) as picture:
        width, height = picture.size
        shown = picture.crop((0, 0, width, min(height, PHONE_HEIGHT))) if width <= PHONE_WIDTH else picture
        shown.convert("RGB").quantize(COLOURS).save(target, optimize=True)

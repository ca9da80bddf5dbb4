import io
from collections import defaultdict
from itertools import combinations
from pathlib import Path

from odoo.tests import BaseCase, tagged
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from werkzeug.datastructures import FileStorage

from ..controllers import light
from ..controllers.activation import request_source
from ..controllers.home import ResidentHome

#: Methods that are made to be extended by every addon, calling super.
HOOKS = {name for name in dir(ResidentHome) if name.startswith(("_home_", "_light_", "_welcome_"))}
#: What the head of every JPEG says: version and density.
JFIF = {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}


def subclasses(cls):
    for child in cls.__subclasses__():
        yield child
        yield from subclasses(child)


def shared_hook(name, one, other):
    """Whether both extend the method of a page that both stand on, and so call each other through ``super``."""
    return any(name in vars(base) for base in {*one.__mro__} & {*other.__mro__})


@tagged("post_install", "-at_install")
class TestLightControllers(BaseCase):
    def test_method_names_are_unique(self):
        """Odoo merges all pages into one class; two methods of one name would silently replace each other."""
        owners = defaultdict(set)
        for cls in subclasses(light.LightController):
            if not cls.__module__.startswith("odoo.addons.kdc_"):
                continue
            for name, member in vars(cls).items():
                if callable(member) and not name.startswith("__") and name not in HOOKS:
                    owners[name].add(cls)
        strangers = {
            f"{name}: {one.__module__} and {other.__module__}"
            for name, classes in owners.items()
            for one, other in combinations(classes, 2)
            if not issubclass(one, other) and not issubclass(other, one) and not shared_hook(name, one, other)
        }
        self.assertFalse(strangers)

    def test_source_of_guesses(self):
        self.assertEqual(request_source("203.0.113.7"), "203.0.113.7")
        self.assertEqual(request_source("::ffff:203.0.113.7"), "203.0.113.7")
        self.assertEqual(request_source("2001:db8:1:2:3:4:5:6"), request_source("2001:db8:1:2:ffff::1"))
        self.assertEqual(request_source("nonsense"), "nonsense")


@tagged("post_install", "-at_install")
class TestPhotos(BaseCase):
    def _encode(self, image, fmt, **options):
        out = io.BytesIO()
        image.save(out, fmt, **options)
        return out.getvalue()

    def test_photo_is_upright_small_and_anonymous(self):
        image = Image.new("RGB", (2400, 1200), "red")
        exif = image.getexif()
        exif[0x0112] = 6  # turned by 90°
        exif[0x010F] = "SECRET-CAMERA"
        clean = light.clean_photo(self._encode(image, "JPEG", exif=exif))
        result = Image.open(io.BytesIO(clean))
        self.assertEqual(result.format, "JPEG")
        self.assertEqual(result.size, (800, 1600))
        self.assertFalse(result.getexif())
        self.assertNotIn(b"SECRET-CAMERA", clean)

    def test_nothing_written_into_the_file_survives(self):
        """Comments, positions and colour profiles can name who took the photo and where."""
        secret = b"SECRET 12.2388,109.1967"
        text = PngInfo()
        text.add_text("Comment", secret.decode())
        exif = Image.Exif()
        exif[0x010E] = secret.decode()
        for fmt, options in (
            ("JPEG", {"comment": secret}),
            ("JPEG", {"exif": exif}),
            ("JPEG", {"xmp": b"<x:xmpmeta>" + secret}),
            ("JPEG", {"icc_profile": secret}),
            ("PNG", {"pnginfo": text}),
            ("PNG", {"icc_profile": secret}),
            ("WEBP", {"exif": exif, "xmp": secret}),
        ):
            with self.subTest(fmt=fmt, options=[*options]):
                data = self._encode(Image.new("RGB", (30, 20)), fmt, **options)
                clean = light.clean_photo(data)
                self.assertNotIn(b"SECRET", clean)
                self.assertFalse(Image.open(io.BytesIO(clean)).info.keys() - JFIF)

    def test_other_formats_become_jpeg(self):
        formats = (("PNG", "RGBA"), ("JPEG", "CMYK"), ("PNG", "P"), ("PNG", "L"), ("PNG", "I;16"), ("WEBP", "RGBA"))
        for fmt, mode in formats:
            with self.subTest(fmt=fmt, mode=mode):
                clean = light.clean_photo(self._encode(Image.new(mode, (30, 20)), fmt))
                self.assertEqual(Image.open(io.BytesIO(clean)).size, (30, 20))

    def test_photos_of_a_request_that_is_answered_again(self):
        """Odoo rewinds only the first file of each name before it runs the page once more."""
        upload = FileStorage(io.BytesIO(self._encode(Image.new("RGB", (30, 20)), "PNG")), "a.png")
        for _twice in range(2):
            clean = light.LightController()._light_photo(upload, 1)
            self.assertEqual(Image.open(io.BytesIO(clean)).size, (30, 20))

    def test_what_is_no_photo(self):
        svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
        for data in (
            b"",
            b"hello",
            svg,
            b"%PDF-1.4",
            b"\xff\xd8\xff" + b"\0" * 50,
            self._encode(Image.new("RGB", (5, 5)), "GIF"),
            Path(__file__).read_bytes(),
        ):
            with self.subTest(data=data[:12]), self.assertRaises(ValueError):
                light.clean_photo(data)

    def test_decompression_bomb(self):
        bomb = self._encode(Image.new("1", (12000, 12000)), "PNG")
        self.assertLess(len(bomb), 100_000)
        with self.assertRaises(ValueError):
            light.clean_photo(bomb)

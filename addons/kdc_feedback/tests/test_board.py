import base64
import gzip
import io
from datetime import timedelta

from lxml import etree, html
from odoo import fields
from odoo.addons.kdc_residents.tests.leaks import picture
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from PIL import Image

from ..engine import board_map
from .common import FeedbackCommon

SECRET = "KDC-SECRET-BOARD"


@tagged("post_install", "-at_install")
class TestBoard(FeedbackCommon, HttpCase):
    """The public pages, as a guest sees them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["website"].search([]).company_id = cls.company
        cls.now = fields.Datetime.now()
        cls.feedback = cls._send(when=cls.now - timedelta(hours=1), latitude=12.2388, longitude=109.1967)
        cls.feedback._staff_receive()
        cls.url = f"/phan-anh/{cls.feedback.number}"

    def _get(self, url, status=200):
        response = self.url_open(url, allow_redirects=False)
        self.assertEqual(response.status_code, status, url)
        return response

    def _photo(self, feedback, **vals):
        return self.env["kdc.feedback.photo"].create(
            {"feedback_id": feedback.id, "image": base64.b64encode(picture()), **vals}
        )

    def test_the_list_and_its_filters(self):
        lamp = self._send(
            when=self.now, category_id=self.env.ref("kdc_feedback.category_lamp").id, area_id=self.group_b.id,
            description="Đèn đường hẻm 12 bị hỏng", location="Hẻm 12",
        )  # fmt: skip
        lamp._staff_receive()
        lamp._staff_finish("Đã thay bóng", photos=[picture()])

        def found(query):
            page = html.fromstring(self._get(f"/phan-anh?{query}").content)
            return [link.rsplit("/", 1)[1] for link in page.xpath("//ul[contains(@class, 'b-list')]//a/@href")]

        both = [lamp.number, self.feedback.number]
        self.assertEqual(found(""), both)
        self.assertEqual(found("q=DEN+duong"), both[:1], "without diacritics")
        self.assertEqual(found("q=hỏng+đèn"), both[:1])
        self.assertEqual(found(f"q={self.feedback.number}"), both[1:])
        self.assertEqual(found(f"area={self.group_b.id}"), both[:1])
        self.assertEqual(found(f"category={lamp.category_id.parent_id.id}"), both[:1], "a group means its categories")
        self.assertEqual(found("state=open"), both[1:])
        self.assertEqual(found("state=done"), both[:1])
        self.assertEqual(found("q=nowhere"), [])

    def test_odd_addresses(self):
        for query in (
            "page=999999999999", "page=-1", "page=²", "page=%00", "category=x&area=9999999&state=routed",
            "q=%FF%FE", "q=%00", "q=%25_%5C", "v=1", "q=" + "a" * 5000,
        ):  # fmt: skip
            for page in ("/phan-anh", "/phan-anh/ban-do", "/phan-anh/rss.xml"):
                with self.subTest(page=page, query=query):
                    self._get(f"{page}?{query}")
        for url in (
            "/phan-anh/PA-2026-99999",
            "/phan-anh/1",
            "/phan-anh/%FF",
            "/phan-anh/'--",
            f"{self.url}/anh/1/full",
        ):
            with self.subTest(url), mute_logger("odoo.http"):
                self._get(url, 404)

    def test_pages_of_a_long_list(self):
        for number in range(21):
            self._send(when=self.now - timedelta(minutes=number))._staff_receive()
        first = html.fromstring(self._get("/phan-anh").content)
        self.assertEqual(len(first.xpath("//ul[contains(@class, 'b-list')]/li")), 20)
        (older,) = first.xpath("//a[@rel='next']/@href")
        second = html.fromstring(self._get(older).content)
        self.assertEqual(len(second.xpath("//ul[contains(@class, 'b-list')]/li")), 2)
        last = html.fromstring(self._get("/phan-anh?page=99999").content)
        self.assertEqual(len(last.xpath("//ul[contains(@class, 'b-list')]/li")), 2, "beyond the end is the end")

    def test_as_many_queries_for_many_as_for_few(self):
        def count(url):
            self._get(url)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._get(url)
            return self.env.cr.sql_log_count - before

        urls = (
            "/phan-anh", "/phan-anh/ban-do", "/phan-anh/ban-do?q=pavement&state=open", "/phan-anh/thong-ke",
            "/phan-anh/rss.xml",
        )  # fmt: skip
        few = [count(url) for url in urls]
        for number in range(12):
            one = self._send(when=self.now, latitude=12.2 + number / 1000, longitude=109.2)
            one._staff_receive()
            self._photo(one)
        self.env.flush_all()
        many = [count(url) for url in urls]
        self.assertTrue(all(after <= before + 2 for before, after in zip(few, many, strict=True)), (few, many))

    def test_the_page_tells_promise_and_story(self):
        page = self._get(self.url).text
        self.assertIn("The pavement in front of the school", page)
        self.assertIn(self.feedback._format_local(self.feedback.handling_deadline), page)
        self.assertIn('<svg class="f-qr"', page)
        self.feedback.sudo().write({"handling_deadline": self.now - timedelta(days=1)})
        self.feedback._refresh_clocks()
        self.assertIn("f-late", self._get(self.url).text)
        after = self._photo(self.feedback)
        self.feedback._staff_finish("Mended on Friday", photos=[picture()])
        page = self._get(self.url).text
        self.assertIn("Mended on Friday", page)
        self.assertEqual(page.count("/thumb"), 2)
        response = self._get(f"{self.url}/anh/{after.id}/full")
        image = Image.open(io.BytesIO(response.content))
        self.assertFalse(image.getexif())

    def test_weight_without_photos_and_map(self):
        """At most 60 kB with the bundle, as ``ux.md`` asks of a first view: compressed, as it travels."""
        for url in ("/phan-anh", self.url, "/phan-anh/thong-ke"):
            page = self._get(url)
            links = html.fromstring(page.content).xpath("//link[@rel='stylesheet']/@href | //script/@src")
            parts = [page, *(self._get(link) for link in links)]
            with self.subTest(url):
                self.assertLess(sum(len(gzip.compress(part.content)) for part in parts), 60_000)

    def test_the_feed(self):
        response = self._get(f"/phan-anh/rss.xml?category={self.category.id}&area={self.group_a.id}")
        self.assertEqual(response.headers["Content-Type"], "application/rss+xml; charset=utf-8")
        items = etree.fromstring(response.content).findall("channel/item")
        self.assertEqual([item.findtext("guid").rsplit("/", 1)[1] for item in items], [self.feedback.number])
        other = etree.fromstring(self._get(f"/phan-anh/rss.xml?area={self.group_b.id}").content)
        self.assertFalse(other.findall("channel/item"))

    def test_the_map(self):
        page = html.fromstring(self._get("/phan-anh/ban-do").content)
        self.assertEqual(page.xpath("//svg//circle/following-sibling::text/text()"), ["1"])
        self.assertNotIn("http", "".join(page.xpath("//svg//@href")), "nothing comes from elsewhere")
        places = self._get("/phan-anh/dia-danh.json").json()
        self.assertIn(b"leaflet", self._get(places["js"]).content.lower(), "the form's map comes from here too")
        home = self._send(when=self.now, dwelling_id=self.household_a.dwelling_id.id, latitude=12.3, longitude=109.3)
        home._staff_receive()
        page = html.fromstring(self._get("/phan-anh/ban-do").content)
        self.assertEqual(page.xpath("//svg//circle/following-sibling::text/text()"), ["1"], "a home is not on the map")

    def test_what_is_overdue_on_the_map_has_its_own_shape_sign_and_word(self):
        self.feedback.handling_status = "overdue"
        page = html.fromstring(self._get("/phan-anh/ban-do").content)
        shown = "//div[@class='b-map']//rect[@class='b-late']/following-sibling::text"
        self.assertEqual([mark.text_content() for mark in page.xpath(shown)], ["1!"])
        self.assertFalse(page.xpath("//div[@class='b-map']//circle"))
        self.assertEqual(page.xpath("//p[contains(@class, 'b-legend')]//text/text()"), ["!"])

    def test_the_map_keeps_what_was_chosen(self):
        lamp = self._send(
            when=self.now, category_id=self.env.ref("kdc_feedback.category_lamp").id, area_id=self.group_b.id,
            description="Đèn đường hẻm 12 bị hỏng", latitude=12.2488, longitude=109.2067,
        )  # fmt: skip
        lamp._staff_receive()

        def found(query):
            page = html.fromstring(self._get(f"/phan-anh/ban-do?{query}").content)
            rows = [link.rsplit("/", 1)[1] for link in page.xpath("//ul[contains(@class, 'b-list')]//a/@href")]
            return page, rows, page.xpath("//svg//circle/following-sibling::text/text()")

        both = [lamp.number, self.feedback.number]
        self.assertEqual(found("")[1:], (both, ["1", "1"]))
        for query in ("q=den+duong", f"area={self.group_b.id}", f"category={lamp.category_id.parent_id.id}"):
            with self.subTest(query):
                self.assertEqual(found(query)[1:], (both[:1], ["1"]))
        self.assertEqual(found("state=done")[1:], ([], []))
        lamp._staff_finish("Đã thay bóng", photos=[picture()])
        page, rows, _counts = found("state=done")
        self.assertEqual(rows, both[:1])
        (closer,) = page.xpath("//svg/a/@href")
        page, rows, _counts = found(closer.split("?")[1])
        self.assertEqual(rows, both[:1], "coming closer keeps the choice")
        links = page.xpath("//p[contains(@class, 'b-pages')]/a/@href | //nav[@class='b-tabs']/a[position() < 3]/@href")
        self.assertEqual(len(links), 4)
        self.assertTrue(all("state=done" in link for link in links), links)
        view = page.xpath("//form/input[@name='v']/@value")
        self.assertEqual(view, [closer.split("v=")[1].split("&")[0]], "another choice keeps the part of the map")

    def test_every_place_of_a_view_is_counted_once(self):
        edges = [(12.2, 109.1), (12.3, 109.2), (12.25, 109.15)]
        for latitude, longitude in edges:
            self._send(when=self.now, latitude=latitude, longitude=longitude)._staff_receive()
        model = self.env["kdc.feedback"]
        view = board_map.around(*model._board_bounds(self.company))
        cells = model._board_cells(model._board_placed(model._board(self.company), view), view)
        self.assertEqual(sum(count for _row, _column, count, _late in cells), len(edges) + 1)
        places = [place for row, column, _count, _late in cells for place in (row, column)]
        self.assertTrue(all(0 <= place < board_map.CELLS for place in places))

    def test_the_map_is_not_more_exact_than_what_is_told(self):
        """By moving the edge of the map nobody finds a place to the metre."""
        feedback = self._send(latitude=12.2451234, longitude=109.1943567)
        feedback._staff_receive()
        told = feedback._public_position()
        self.assertEqual((feedback.map_latitude / 1e6, feedback.map_longitude / 1e6), told)

    def test_figures_have_a_least_sample(self):
        for _number in range(4):
            one = self._send(when=self.now)
            one._staff_finish("Done")
        rows = html.fromstring(self._get("/phan-anh/thong-ke").content).xpath("//td/text()")
        self.assertIn("–", rows)
        self.assertNotIn("100%", "".join(rows))
        self._send(when=self.now)._staff_finish("Done")
        self.assertIn("100", self._get("/phan-anh/thong-ke").text)

    def test_who_is_named(self):
        self.assertNotIn(self.resident_a.name, self._get(self.url).text)
        named = self._send(when=self.now, privacy="named")
        named._staff_receive()
        self.assertIn(self.resident_a.name, self._get(f"/phan-anh/{named.number}").text)
        self.assertNotIn(self.resident_a.name, self._get("/phan-anh").text)

    def test_nothing_marked_leaves_by_any_way(self):
        """Notes, hidden names, private, unread, routed and hidden feedback on every way out of the house."""
        name, phone = self.resident_a.name, "0905 123 456"
        case = self._send(
            when=self.now, description=f"I am {name}, telephone {phone}", location=f"House of {name}",
            latitude=12.2388, longitude=109.1967,
        )  # fmt: skip
        case._staff_reply(f"{SECRET}, dear {name}", photos=[picture()])
        case._log_line("note", body=SECRET + "-NOTE", photos=[picture()])
        case._reporter_message(SECRET, [picture()])
        case.with_user(self.user_handler).message_post(body=SECRET)
        case._staff_ask(SECRET)
        closed = [
            self._send(when=self.now, description=SECRET),
            self._send(when=self.now, description=SECRET, is_private=True),
            self._send(when=self.now, description=SECRET),
            self._send(when=self.now, description=SECRET),
        ]
        closed[1]._staff_receive()
        closed[2]._staff_route_out()
        closed[3]._staff_receive()
        closed[3].is_hidden = True
        photos = [self._photo(one) for one in closed]
        hidden_photo = self._photo(case, is_hidden=True)
        joined = self._send(when=self.now, description=SECRET, is_private=True)
        joined_photo = self._photo(joined)
        joined._staff_merge(case)
        secrets = (SECRET, name, phone, phone.replace(" ", ""))
        outlets = (
            "/phan-anh", "/phan-anh/ban-do", "/phan-anh/thong-ke", "/phan-anh/rss.xml", f"/phan-anh/{case.number}",
            "/open311/v2/requests.json?extensions=true", "/open311/v2/requests.xml?extensions=true",
            f"/open311/v2/requests/{case.number}.xml?extensions=true", "/sitemap.xml", "/robots.txt",
        )  # fmt: skip
        for login in (None, "kdc_portal_b", "kdc_other_handler"):
            self.authenticate(login, login)
            for url in outlets:
                text = self.url_open(url).text
                for secret in secrets:
                    with self.subTest(who=login, url=url, secret=secret):
                        self.assertNotIn(secret, text)
                self.assertNotIn(f"/anh/{joined_photo.id}/", text, url)
            for one, photo in zip(closed, photos, strict=True):
                with self.subTest(who=login, state=one.state), mute_logger("odoo.http"):
                    self._get(f"/phan-anh/{one.number}", 404)
                    self._get(f"/phan-anh/{one.number}/anh/{photo.id}/full", 404)
                    self._get(f"{self.url}/anh/{photo.id}/full", 404)
            lines = case.message_line_ids.filtered(lambda line: line.kind in ("note", "reply", "reporter"))
            self.assertEqual(len(lines.photo_ids), 3)
            for photo in lines.photo_ids | hidden_photo | joined_photo:
                with mute_logger("odoo.http"):
                    self._get(f"/phan-anh/{case.number}/anh/{photo.id}/full", 404)
        for notice in self.env["kdc.notification"].search([]):
            # The reporter reads the own words, nobody else's notice holds them; notes reach nobody.
            own = notice.partner_id == self.resident_a.partner_id
            self.assertNotIn(SECRET + "-NOTE" if own else SECRET, f"{notice.title} {notice.body}")
        for mail in self.env["mail.mail"].search([]):
            self.assertNotIn(SECRET, str(mail.body_html))

    def test_a_search_tells_nothing_that_is_masked(self):
        """Whoever tries out names and numbers learns nothing from what is found."""
        name = self.resident_a.name
        case = self._send(when=self.now, description=f"{name} 0905123456 pavement")
        case._staff_receive()
        for words in (name, "0905123456", name.split()[-1] + " 0905"):
            with self.subTest(words):
                self.assertNotIn(case.number, self._get(f"/phan-anh?q={words}").text)
        self.assertIn(case.number, self._get("/phan-anh?q=pavement").text)

    def test_search_engines_list_the_board_but_no_feedback(self):
        self.assertNotIn("noindex", self._get("/phan-anh").text)
        page = self._get(self.url).text
        self.assertIn('content="noindex"', page)
        self.assertNotIn("og:description", page)

from odoo.tests import tagged

from .collection_common import OLD_TOTAL, CollectionCommon
from .test_pdf_documents import pdf_text

WATER = "Thu hộ cho CTCP Cấp thoát nước Khánh Hòa"
WASTE = "Giá dịch vụ"


@tagged("post_install", "-at_install")
class TestDocumentText(CollectionCommon):
    """Papers say what kind of money each service is (vietnam.md §3.5)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.waste = cls.services.filtered(lambda service: service.code == "RAC")
        cls.water = cls.services.filtered(lambda service: service.code == "NUOC")

    def test_the_kind_of_money_decides_unless_the_ward_says_it_itself(self):
        self.assertTrue(self.water._document_words().startswith(WATER))
        self.assertTrue(self.waste._document_words().startswith(WASTE))
        words = {
            kind: self.waste.new({"money_kind": kind})._document_words()
            for kind in ("phi", "le_phi", "gia_dich_vu", "dong_gop")
        }
        self.assertEqual(len(set(words.values())), 4)
        self.assertIn("biên lai", words["phi"])
        self.assertIn("hóa đơn", words["gia_dich_vu"])
        self.assertIn("không phải phí", words["dong_gop"])
        self.waste.document_text = "Do tổ dân phố tự quản"
        self.assertEqual(self.waste._document_words(), "Do tổ dân phố tự quản")

    def test_the_bill_says_for_whom_money_is_collected(self):
        text = pdf_text(self.env["kdc.bill.pdf"]._render(self.new_a))
        self.assertIn(f"Nước sạch: {WATER}", text)
        self.assertIn(f"Thu gom rác: {WASTE}", text)

    def test_the_receipt_says_it_on_paper_and_on_the_roll(self):
        receipt = self._take(self.user_collector, self.account_a, OLD_TOTAL)
        for layout in ("a5", "roll"):
            self.assertIn(WATER, pdf_text(self.env["kdc.receipt.pdf"]._render(receipt, layout=layout, copy=True)))

    def test_services_of_one_kind_share_a_sentence(self):
        other = self.waste.copy({"code": "XE", "name": "Gửi xe"})
        sentences = self.env["kdc.service"]._document_sentences(
            {"RAC": "Thu gom rác", "XE": "Gửi xe", "??": "Cũ"}, {"RAC": self.waste, "XE": other}
        )
        self.assertEqual(len(sentences), 1)
        self.assertTrue(sentences[0].startswith("Thu gom rác, Gửi xe: Giá dịch vụ"))

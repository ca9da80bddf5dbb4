"""Complaints and denunciations are recognised by their words, however they are typed, and only then."""

import pytest
from kdc_feedback_engine import petition


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Đơn khiếu nại quyết định thu hồi đất", "complaint"),
        ("TÔI KHIẾU NẠI QUYẾT ĐỊNH SỐ 12", "complaint"),
        ("toi khieu nai quyet dinh boi thuong", "complaint"),
        ("Tôi khiêu nại về mức bồi thường", "complaint"),
        ("Đơn tố cáo ông Nguyễn Văn A nhận tiền", "denunciation"),
        ("don to cao can bo nhan tien", "denunciation"),
        ("Tôi xin tố giác hành vi trộm cắp", "denunciation"),
        ("Kính gửi phường.\nTôi làm đơn tố cáo", "denunciation"),
        ("Ð\u01a1n to\u0302\u0301 ca\u0301o", "denunciation"),
        ("Khiếu nại và tố cáo trưởng thôn", "denunciation"),
        ("Không ai trả lời, nay tôi khiếu nại", "complaint"),
        # false friends
        ("Cây to cao trước nhà sắp đổ", None),
        ("cay to cao truoc nha sap do", None),
        ("Ngôi nhà to, cao che hết nắng", None),
        ("Tờ cáo phó dán lên cột điện", None),
        ("Bị cáo ngồi trước tòa, loa ồn", None),
        ("Đây không phải là đơn tố cáo, tôi chỉ báo đèn hỏng", None),
        ("Tôi không khiếu nại gì, chỉ xin vá đường", None),
        ("Ổ gà lớn trước nhà", None),
        ("tokhieunai", None),
        ("", None),
    ],
)
def test_recognised(text, kind):
    assert petition.recognise(text) == kind


def test_the_graver_of_several_texts_counts():
    assert petition.recognise("Khiếu nại", None, "tố cáo") == "denunciation"
    assert petition.recognise(None, False) is None

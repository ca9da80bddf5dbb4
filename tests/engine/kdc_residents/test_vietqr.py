"""VietQR: every published vector is rebuilt or read, and damage is noticed."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_residents_engine import vietqr
from kdc_residents_engine.vietqr import Transfer, VietQRError

Q1 = "00020101021138560010A0000007270126000697041501121133666688880208QRIBFTTA53037045802VN6304F443"
Q2 = (
    "00020101021238560010A0000007270126000697041501121133666688880208QRIBFTTA53037045405790005802VN"
    "62220818Ung Ho Quy Vac Xin63043ACF"
)
Q3 = (
    "00020101021238570010A00000072701270006970436011300110012345670208QRIBFTTA530370454063500005802VN"
    "62200816KDC A012 T11202663042C93"
)
Q5 = "00020101021138570010A00000072701270006970418011388400123456780208QRIBFTTA53037045802VN62150811PHI VE SINH6304AB54"
Q6 = "00020101021138600010A00000072701300006970403011697040311012345670208QRIBFTTC53037045802VN63044F52"
Q7 = "00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F"
Q9 = (
    "00020101021238590010A0000007270129000697042201156607040600001290208QRIBFTTA52040000530370454031005802VN"
    "5914company_1_data6007Vietnam62150811INVTEST000163042656"
)
VECTORS = [
    (Q1, Transfer("970415", "113366668888")),
    (Q2, Transfer("970415", "113366668888", 79000, "Ung Ho Quy Vac Xin")),
    (Q3, Transfer("970436", "0011001234567", 350000, "KDC A012 T112026")),
    (Q5, Transfer("970418", "8840012345678", None, "PHI VE SINH")),
    (Q6, Transfer("970403", "9704031101234567", service=vietqr.TO_CARD)),
    (Q7, Transfer("970416", "257678859")),
]


@pytest.mark.parametrize(("payload", "transfer"), VECTORS)
def test_vectors(payload, transfer):
    assert vietqr.build(transfer) == payload
    assert vietqr.parse(payload) == transfer
    assert vietqr.verify(payload)


def test_odoo_vector_is_read():
    """Odoo's own text carries merchant tags that we do not write; its meaning is the same."""
    transfer = vietqr.parse(Q9)
    assert transfer == Transfer("970422", "660704060000129", 100, "INVTEST0001")
    assert transfer.other["59"] == "company_1_data"
    ours = vietqr.parse(vietqr.build(transfer))
    assert ours == transfer


@pytest.mark.parametrize("payload", [Q1, Q2, Q3, Q5, Q6, Q7, Q9])
def test_every_single_changed_character_is_noticed(payload):
    for position, original in enumerate(payload):
        replacement = "7" if original != "7" else "8"
        assert not vietqr.verify(payload[:position] + replacement + payload[position + 1 :])


@pytest.mark.parametrize("text", ["", "6304", "hello", Q1[:-1], Q1 + "0", Q1.lower(), "phí" + Q1, "63040000"])
def test_not_a_vietqr(text):
    assert not vietqr.verify(text)
    with pytest.raises(VietQRError):
        vietqr.parse(text)


def test_other_emv_codes_are_refused():
    body = "000201" + "5303840" + "5802US" + "6304"
    with pytest.raises(VietQRError):
        vietqr.parse(body + vietqr.crc16(body))
    body = "000201" + "3800" + "5303704" + "5802VN" + "6304"
    with pytest.raises(VietQRError):
        vietqr.parse(body + vietqr.crc16(body))


@pytest.mark.parametrize(
    "wrong",
    [
        Transfer("97041", "113366668888"),
        Transfer("VIETIN", "113366668888"),
        Transfer("970415", "12345"),
        Transfer("970415", "1" * 20),
        Transfer("970415", "113366 668888"),
        Transfer("970415", "113366668888", 0),
        Transfer("970415", "113366668888", -1),
        Transfer("970415", "113366668888", 10**13),
        Transfer("970415", "113366668888", 79000.0),
        Transfer("970415", "113366668888", True),
        Transfer("970415", "113366668888", 1, "Phí vệ sinh"),
        Transfer("970415", "113366668888", 1, "A" * 26),
        Transfer("970415", "113366668888", 1, "A  B"),
        Transfer("970415", "113366668888", service="QRPUSH"),
    ],
)
def test_refused_transfers(wrong):
    with pytest.raises(VietQRError):
        vietqr.build(wrong)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Phí vệ sinh Đường số 5", "Phi ve sinh Duong so 5"),
        ("INV/2026/0001", "INV 2026 0001"),
        ("  thừa   khoảng trắng ", "thua khoang trang"),
        ("Ủng hộ Quỹ phòng chống thiên tai", "Ung ho Quy phong chong th"),
        ("đĐ🙂", "dD"),
    ],
)
def test_purpose_is_ascii(text, expected):
    assert vietqr.ascii_purpose(text) == expected


transfers = st.builds(
    Transfer,
    bank_bin=st.sampled_from(sorted(vietqr.BANKS)),
    account=st.text(string.digits, min_size=6, max_size=19),
    amount=st.none() | st.integers(1, 10**13 - 1),
    purpose=st.text(max_size=60).map(vietqr.ascii_purpose),
)


@given(transfers)
def test_round_trip(transfer):
    payload = vietqr.build(transfer)
    assert vietqr.parse(payload) == transfer
    assert payload.isascii()


@given(st.text(max_size=200))
def test_any_text_is_judged_without_crash(text):
    assert vietqr.verify(text) in (True, False)
    assert len(vietqr.ascii_purpose(text)) <= vietqr.PURPOSE_LIMIT


def test_bank_numbers():
    assert vietqr.BANKS["970418"] == "BIDV"
    assert vietqr.BANKS["970436"] == "Vietcombank"
    assert len(vietqr.BANKS) == 25
    assert all(len(number) == 6 and number.isdigit() for number in vietqr.BANKS)

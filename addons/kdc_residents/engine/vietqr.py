"""VietQR: the text inside the QR code that fills in a bank transfer.

EMVCo merchant-presented QR (tag-length-value, CRC-16/CCITT-FALSE) with the NAPAS profile:
tag 38 names the receiving account, 54 the amount, 62.08 the purpose. Vietnamese banking apps
fail on diacritics, so the purpose is plain ASCII of at most 25 characters.
"""

import re
import unicodedata
from dataclasses import dataclass, field

NAPAS = "A000000727"
TO_ACCOUNT, TO_CARD = "QRIBFTTA", "QRIBFTTC"
PURPOSE_LIMIT = 25
AMOUNT_LIMIT = 10**13

# NAPAS bank identification numbers, agreed by two independent libraries.
BANKS = {
    "970400": "Saigonbank",
    "970403": "Sacombank",
    "970405": "Agribank",
    "970407": "Techcombank",
    "970409": "Bắc Á",
    "970412": "PVcomBank",
    "970415": "VietinBank",
    "970416": "ACB",
    "970418": "BIDV",
    "970422": "MB",
    "970423": "TPBank",
    "970424": "Shinhan",
    "970425": "ABBank",
    "970426": "MSB",
    "970429": "SCB",
    "970431": "Eximbank",
    "970432": "VPBank",
    "970436": "Vietcombank",
    "970437": "HDBank",
    "970440": "SeABank",
    "970441": "VIB",
    "970443": "SHB",
    "970448": "OCB",
    "970449": "LPBank",
    "970452": "KienLongBank",
}


class VietQRError(ValueError):
    """A transfer that cannot be written, or a text that is no valid VietQR."""


@dataclass(frozen=True)
class Transfer:
    """A bank transfer to be filled in by the payer's app.

    ``bank_bin`` has 6 digits; ``account`` 6–19 letters or digits; ``amount`` is whole VND or
    ``None`` when the payer types it; ``other`` keeps the top-level tags of a parsed text that
    the transfer itself does not use.
    """

    bank_bin: str
    account: str
    amount: int | None = None
    purpose: str = ""
    service: str = TO_ACCOUNT
    other: dict = field(default_factory=dict, compare=False)


def crc16(text: str) -> str:
    """CRC-16/CCITT-FALSE of an ASCII text as four upper-case hexadecimal digits."""
    crc = 0xFFFF
    for byte in text.encode("ascii"):
        crc ^= byte << 8
        for _bit in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return f"{crc:04X}"


def ascii_purpose(text: str, limit: int = PURPOSE_LIMIT) -> str:
    """The purpose as every bank shows it: no diacritics, letters, digits and single blanks, cut to ``limit``."""
    text = text.replace("đ", "d").replace("Đ", "D")
    text = unicodedata.normalize("NFD", text)
    text = "".join(char for char in text if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^A-Za-z0-9 ]+", " ", text).split())[:limit].rstrip()


def build(transfer: Transfer) -> str:
    """Write the text of the QR code.

    :raise VietQRError: for an account, bank, amount or purpose that NAPAS does not accept
    """
    _check(transfer)
    receiver = _tlv("00", transfer.bank_bin) + _tlv("01", transfer.account)
    account = _tlv("00", NAPAS) + _tlv("01", receiver) + _tlv("02", transfer.service)
    text = _tlv("00", "01") + _tlv("01", "12" if transfer.amount else "11") + _tlv("38", account) + _tlv("53", "704")
    if transfer.amount:
        text += _tlv("54", str(transfer.amount))
    text += _tlv("58", "VN")
    if transfer.purpose:
        text += _tlv("62", _tlv("08", transfer.purpose))
    text += "6304"
    return text + crc16(text)


def parse(payload: str) -> Transfer:
    """Read the text of a VietQR code back.

    :raise VietQRError: when the checksum is wrong, the text is cut, or it is no VietQR
    """
    if not verify(payload):
        raise VietQRError("The checksum of this QR code is wrong.")
    tags = _split(payload)
    if tags.get("53") != "704" or tags.get("58") != "VN" or "38" not in tags:
        raise VietQRError("This QR code is not a transfer in VND to a Vietnamese bank.")
    account = _split(tags["38"])
    receiver = _split(account.get("01", ""))
    if account.get("00") != NAPAS or not {"00", "01"} <= receiver.keys():
        raise VietQRError("This QR code does not name a receiving account.")
    amount = tags.get("54")
    if amount is not None and not re.fullmatch(r"[0-9]{1,13}", amount):
        raise VietQRError("The amount of this QR code is not a whole number.")
    return Transfer(
        bank_bin=receiver["00"],
        account=receiver["01"],
        amount=int(amount) if amount else None,
        purpose=_split(tags.get("62", "")).get("08", ""),
        service=account.get("02", ""),
        other={tag: tags[tag] for tag in tags if tag not in ("38", "53", "54", "58", "62", "63")},
    )


def verify(payload: str) -> bool:
    """Whether the text is complete ASCII TLV and ends with its own checksum."""
    if not payload.isascii() or payload[-8:-4] != "6304" or crc16(payload[:-4]) != payload[-4:]:
        return False
    try:
        return list(_split(payload))[-1] == "63"
    except VietQRError:
        return False


def _check(transfer: Transfer) -> None:
    if not re.fullmatch(r"[0-9]{6}", transfer.bank_bin):
        raise VietQRError("The bank is named by its 6-digit NAPAS number.")
    if not re.fullmatch(r"[A-Za-z0-9]{6,19}", transfer.account):
        raise VietQRError("A bank account or card has 6 to 19 letters or digits.")
    if transfer.service not in (TO_ACCOUNT, TO_CARD):
        raise VietQRError(f"Unknown transfer service {transfer.service!r}.")
    if transfer.amount is not None:
        if isinstance(transfer.amount, bool) or not isinstance(transfer.amount, int):
            raise VietQRError("The amount is a whole number of đồng.")
        if not 0 < transfer.amount < AMOUNT_LIMIT:
            raise VietQRError("The amount is greater than zero and has at most 13 digits.")
    if transfer.purpose != ascii_purpose(transfer.purpose, limit=99) or len(transfer.purpose) > PURPOSE_LIMIT:
        raise VietQRError(f"The purpose is plain ASCII of at most {PURPOSE_LIMIT} characters.")


def _tlv(tag: str, value: str) -> str:
    if len(value) > 99:
        raise VietQRError(f"Tag {tag} is longer than 99 characters.")
    return f"{tag}{len(value):02d}{value}"


def _split(text: str) -> dict[str, str]:
    """Split tag-length-value text into a dictionary, refusing cut, doubled or malformed tags."""
    tags: dict[str, str] = {}
    position = 0
    while position < len(text):
        head = text[position : position + 4]
        if not re.fullmatch(r"[0-9]{4}", head) or head[:2] in tags:
            raise VietQRError("This text is not a QR code for payments.")
        end = position + 4 + int(head[2:])
        if end > len(text):
            raise VietQRError("This QR code is cut short.")
        tags[head[:2]] = text[position + 4 : end]
        position = end
    return tags

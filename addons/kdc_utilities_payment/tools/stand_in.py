"""A stand-in for VNPay and payOS on the own machine: it speaks their protocols and moves no money.

    python stand_in.py --port 8099 --shop http://127.0.0.1:8069

It checks the signatures of the shop, shows a page on which one chooses what happens (paid, failed, cancelled, late,
repeated, another amount, forged), and notifies the shop as the gateways do. It shares no line with the code it tries
out: what both sides got wrong in the same way would otherwise look right. Standard library only.
"""

import argparse
import hashlib
import hmac
import html
import http.server
import json
import secrets
import threading
import time
import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone

#: The contract of the stand-in with whoever tries it; nothing secret.
VNPAY_SHOP, VNPAY_SECRET = "KDCTHU01", "CHUKYTHU0123456789ABCDEFGHIJKLMN"
PAYOS_CLIENT, PAYOS_API_KEY, PAYOS_CHECKSUM = "kdc-thu", "khoa-thu", "c" * 64
VIETNAM = timezone(timedelta(hours=7))
#: What one may choose on the page of the stand-in: Vietnamese label, what happens.
CHOICES = {
    "paid": "Trả tiền thành công",
    "late": "Thành công, báo chậm 20 giây",
    "repeated": "Thành công, báo ba lần",
    "silent": "Thành công, không báo (chờ bên bán hỏi)",
    "amount": "Trả thiếu 1.000 đồng",
    "failed": "Không đủ tiền",
    "cancelled": "Hủy",
    "forged": "Giả chữ ký",
}
LATE_SECONDS = 20


def hmac_hex(method, key, text):
    """Return a signature in hexadecimal."""
    return hmac.new(key.encode(), text.encode(), method).hexdigest()


def vnpay_signature(pairs):
    """Sign parameters of a page or notification: sorted, encoded, empty ones left out."""
    kept = sorted((name, value) for name, value in pairs if value != "" and not name.startswith("vnp_SecureHash"))
    return hmac_hex(hashlib.sha512, VNPAY_SECRET, urllib.parse.urlencode(kept))


def payos_signature(data):
    """Sign an object: ``name=value`` sorted by name, nothing encoded."""
    parts = []
    for name in sorted(data):
        value = data[name]
        if isinstance(value, list):
            value = json.dumps([dict(sorted(one.items())) for one in value], ensure_ascii=False, separators=(",", ":"))
        parts.append(f"{name}={'' if value is None else value}")
    return hmac_hex(hashlib.sha256, PAYOS_CHECKSUM, "&".join(parts))


class Order:
    """What a shop wants to have paid, and what has become of it."""

    def __init__(self, kind, reference, amount, text, back):
        self.kind, self.reference, self.amount, self.text, self.back = kind, reference, amount, text, back
        self.created = datetime.now(VIETNAM)
        self.payments = []  # (number, amount)
        self.ended = False


class Gateway:
    """Both gateways: orders by number, messages to the shop."""

    def __init__(self, shop, notify=None):
        self.shop = shop.rstrip("/")
        self.orders = {}
        #: (url, answer of the shop) of each notification, for the tests
        self.told = []
        self._notify = notify or self._post

    # -- VNPay: the page -----------------------------------------------------------------------------------------

    def vnpay_order(self, query):
        """Take an order from the address of the page, or raise ``ValueError``."""
        pairs = urllib.parse.parse_qsl(query)
        values = dict(pairs)
        if values.get("vnp_SecureHash") != vnpay_signature(pairs) or values.get("vnp_TmnCode") != VNPAY_SHOP:
            raise ValueError("Sai chữ ký")
        for name in ("vnp_Amount", "vnp_TxnRef", "vnp_ReturnUrl", "vnp_IpAddr", "vnp_CreateDate", "vnp_ExpireDate"):
            if not values.get(name):
                raise ValueError(f"Thiếu {name}")
        if values["vnp_ExpireDate"] < f"{datetime.now(VIETNAM):%Y%m%d%H%M%S}":
            raise ValueError("Giao dịch đã quá thời gian chờ thanh toán")
        order = Order(
            "vnpay", values["vnp_TxnRef"], int(values["vnp_Amount"]) // 100, values["vnp_OrderInfo"],
            values["vnp_ReturnUrl"],
        )  # fmt: skip
        return self.orders.setdefault(("vnpay", order.reference), order)

    def vnpay_result(self, order, choice, number, amount):
        """Return the signed parameters of a notification or return."""
        codes = {"failed": ("51", "02"), "cancelled": ("24", "02")}.get(choice, ("00", "00"))
        pairs = [
            ("vnp_Amount", str(amount * 100)), ("vnp_BankCode", "NCB"), ("vnp_CardType", "QRCODE"),
            ("vnp_OrderInfo", order.text), ("vnp_PayDate", f"{datetime.now(VIETNAM):%Y%m%d%H%M%S}"),
            ("vnp_ResponseCode", codes[0]), ("vnp_TmnCode", VNPAY_SHOP), ("vnp_TransactionNo", number),
            ("vnp_TransactionStatus", codes[1]), ("vnp_TxnRef", order.reference),
        ]  # fmt: skip
        signature = vnpay_signature(pairs)
        return [*pairs, ("vnp_SecureHash", "0" * 128 if choice == "forged" else signature)]

    def vnpay_query(self, body):
        """Answer a query (querydr)."""
        names = ("RequestId", "Version", "Command", "TmnCode", "TxnRef", "TransactionDate", "CreateDate", "IpAddr",
                 "OrderInfo")  # fmt: skip
        text = "|".join(str(body.get(f"vnp_{name}", "")) for name in names)
        order = self.orders.get(("vnpay", body.get("vnp_TxnRef")))
        reply = {"ResponseId": secrets.token_hex(8), "Command": "querydr", "TmnCode": VNPAY_SHOP,
                 "TxnRef": body.get("vnp_TxnRef", ""), "Message": "", "ResponseCode": "00"}  # fmt: skip
        if body.get("vnp_SecureHash") != hmac_hex(hashlib.sha512, VNPAY_SECRET, text):
            reply["ResponseCode"] = "97"
        elif not order:
            reply["ResponseCode"] = "91"
        else:
            number, amount = order.payments[-1] if order.payments else ("0", order.amount)
            reply |= {"Amount": str(amount * 100), "TransactionNo": number, "TransactionType": "01", "BankCode": "NCB",
                      "OrderInfo": body.get("vnp_OrderInfo", ""), "PayDate": f"{datetime.now(VIETNAM):%Y%m%d%H%M%S}",
                      "TransactionStatus": "00" if order.payments else "02" if order.ended else "01"}  # fmt: skip
        signed = ("ResponseId", "Command", "ResponseCode", "Message", "TmnCode", "TxnRef", "Amount", "BankCode",
                  "PayDate", "TransactionNo", "TransactionType", "TransactionStatus", "OrderInfo", "PromotionCode",
                  "PromotionAmount")  # fmt: skip
        reply["SecureHash"] = hmac_hex(hashlib.sha512, VNPAY_SECRET, "|".join(reply.get(name, "") for name in signed))
        return {f"vnp_{name}": value for name, value in reply.items()}

    # -- payOS: the service --------------------------------------------------------------------------------------

    def payos_create(self, body, headers, base):
        """Make a payment link as the service does."""
        if headers.get("x-client-id") != PAYOS_CLIENT or headers.get("x-api-key") != PAYOS_API_KEY:
            return {"code": "401", "desc": "Unauthorized"}
        signed = {name: body.get(name) for name in ("amount", "cancelUrl", "description", "orderCode", "returnUrl")}
        if body.get("signature") != payos_signature(signed):
            return {"code": "201", "desc": "Mã kiểm tra(signature) không hợp lệ"}
        code = body["orderCode"]
        if ("payos", str(code)) in self.orders:
            return {"code": "231", "desc": "Đơn thanh toán đã tồn tại"}
        order = Order("payos", str(code), body["amount"], body["description"], body["returnUrl"])
        self.orders["payos", str(code)] = order
        data = {
            "bin": "970422", "accountNumber": "113366668888", "accountName": "UBND PHUONG", "amount": order.amount,
            "description": order.text, "orderCode": code, "currency": "VND", "paymentLinkId": secrets.token_hex(16),
            "status": "PENDING", "checkoutUrl": f"{base}/payos/pay/{code}", "qrCode": f"{base}/payos/pay/{code}",
        }  # fmt: skip
        return {"code": "00", "desc": "success", "data": data, "signature": payos_signature(data)}

    def payos_status(self, code):
        """Say what became of a link."""
        order = self.orders.get(("payos", code))
        if not order:
            return {"code": "101", "desc": "Đơn thanh toán không tồn tại"}
        paid = sum(amount for _number, amount in order.payments)
        data = {
            "orderCode": int(code), "amount": order.amount, "amountPaid": paid, "amountRemaining": order.amount - paid,
            "status": "CANCELLED" if order.ended else "PAID" if paid >= order.amount else "PENDING",
            "transactions": [
                {"reference": number, "amount": amount, "description": order.text, "accountNumber": "113366668888",
                 "transactionDateTime": f"{order.created:%Y-%m-%dT%H:%M:%S+07:00}"}
                for number, amount in order.payments
            ],
        }  # fmt: skip
        return {"code": "00", "desc": "success", "data": data, "signature": payos_signature(data)}

    def payos_message(self, order, choice, number, amount):
        """Return the body of a notification."""
        data = {
            "orderCode": int(order.reference), "amount": amount, "description": order.text,
            "accountNumber": "113366668888", "reference": number, "currency": "VND",
            "transactionDateTime": f"{datetime.now(VIETNAM):%Y-%m-%d %H:%M:%S}", "paymentLinkId": secrets.token_hex(16),
            "code": "00", "desc": "Thành công", "counterAccountBankId": "", "counterAccountBankName": None,
            "counterAccountName": "NGUYEN VAN A", "counterAccountNumber": "0123456789", "virtualAccountName": "",
            "virtualAccountNumber": "",
        }  # fmt: skip
        signature = "0" * 64 if choice == "forged" else payos_signature(data)
        return {"code": "00", "desc": "success", "success": True, "data": data, "signature": signature}

    # -- what happens --------------------------------------------------------------------------------------------

    def settle(self, order, choice):
        """Do what was chosen for an order: take the money or not, and tell the shop; return where the payer goes."""
        number = str(secrets.randbelow(10**8) + 10**8) if order.kind == "vnpay" else f"FT{secrets.token_hex(5).upper()}"
        amount = order.amount - 1000 if choice == "amount" else order.amount
        if choice in ("failed", "cancelled"):
            order.ended, number = True, "0"
        elif choice != "forged":
            order.payments.append((number, amount))
        if choice != "silent" and not (order.kind == "payos" and order.ended):
            self._tell(order, choice, number, amount)
        if order.kind == "payos":
            return order.back
        return f"{order.back}?{urllib.parse.urlencode(self.vnpay_result(order, choice, number, amount))}"

    def _tell(self, order, choice, number, amount):
        if order.kind == "vnpay":
            query = urllib.parse.urlencode(self.vnpay_result(order, choice, number, amount))
            url, body = f"{self.shop}/payment/kdc_vnpay/ipn?{query}", None
        else:
            url, body = f"{self.shop}/payment/kdc_payos/webhook", self.payos_message(order, choice, number, amount)
        if choice == "late":
            threading.Timer(LATE_SECONDS, self._send, (url, body)).start()
            return
        for _time in range(3 if choice == "repeated" else 1):
            self._send(url, body)

    def _send(self, url, body):
        self.told.append((url, self._notify(url, body)))

    @staticmethod
    def _post(url, body):
        """Tell the shop, three times when it does not answer; return its answer."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if data else {}
        request = urllib.request.Request(url, data, headers)  # noqa: S310 the address is the shop's
        for pause in (1, 3, 0):
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 the address is the shop's
                    return json.loads(answer.read())
            except urllib.error.HTTPError as error:
                return {"status": error.code}
            except OSError:
                time.sleep(pause)
        return None


class Handler(http.server.BaseHTTPRequestHandler):
    """The pages and the service."""

    gateway = None

    def do_GET(self):
        """Show the page of an order, or say what became of it."""
        path, _mark, query = self.path.partition("?")
        try:
            if path == "/vnpay/pay":
                return self._page(self.gateway.vnpay_order(query))
            if path.startswith("/payos/pay/"):
                return self._page(self.gateway.orders["payos", path.rsplit("/", 1)[1]])
        except (ValueError, KeyError) as error:
            return self._answer(f"<h1>Lỗi</h1><p>{html.escape(str(error))}</p>".encode(), "text/html", 400)
        if path.startswith("/payos/v2/payment-requests/"):
            return self._json(self.gateway.payos_status(path.rsplit("/", 1)[1]))
        return self._answer(b"", "text/plain", 404)

    def do_POST(self):
        """Take an order, a query, or what was chosen on the page."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/vnpay/query":
            return self._json(self.gateway.vnpay_query(json.loads(body)))
        if self.path == "/payos/v2/payment-requests":
            base = f"http://{self.headers['Host']}"
            return self._json(self.gateway.payos_create(json.loads(body), self.headers, base))
        chosen = dict(urllib.parse.parse_qsl(body.decode()))
        order = self.gateway.orders.get((chosen.get("kind"), chosen.get("reference")))
        if self.path != "/choose" or not order or chosen.get("choice") not in CHOICES:
            return self._answer(b"", "text/plain", 404)
        self.send_response(303)
        self.send_header("Location", self.gateway.settle(order, chosen["choice"]))
        self.end_headers()
        return None

    def _page(self, order):
        money = f"{order.amount:,}".replace(",", ".")
        name = {"vnpay": "VNPay", "payos": "payOS"}[order.kind]
        buttons = "".join(
            f'<p><button name="choice" value="{choice}">{label}</button></p>' for choice, label in CHOICES.items()
        )
        page = f"""<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>Cổng thử – {name}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><style>
body {{ font: 1.1rem system-ui; max-width: 24rem; margin: 1rem auto; padding: 0 1rem }}
button {{ font: inherit; width: 100%; min-height: 3rem }} .thu {{ background: #ffe08a; padding: .75rem }}
</style></head><body><p class="thu"><strong>Cổng thanh toán thử</strong>, đóng vai {name}. Không có tiền thật nào được
chuyển.</p><h1>{money} ₫</h1><p>{html.escape(order.text)}<br>Mã: {html.escape(order.reference)}</p>
<form method="post" action="/choose"><input type="hidden" name="kind" value="{order.kind}">
<input type="hidden" name="reference" value="{html.escape(order.reference)}">{buttons}</form></body></html>"""
        self._answer(page.encode(), "text/html; charset=utf-8")

    def _json(self, values):
        self._answer(json.dumps(values).encode(), "application/json")

    def _answer(self, content, kind, status=200):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args):
        """Say nothing."""


def serve(port, shop):
    """Return a running server of the stand-in: ``server.gateway`` knows what happened, ``shutdown()`` ends it."""
    gateway = Gateway(shop)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), type("Own", (Handler,), {"gateway": gateway}))
    server.gateway = gateway
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def main():
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--shop", required=True, help="address of the Odoo server, e.g. http://127.0.0.1:8069")
    options = parser.parse_args()
    serve(options.port, options.shop)
    threading.Event().wait()


if __name__ == "__main__":
    main()

"""A stand-in for SInvoice that speaks its protocol over HTTP, as far as `l10n_vn_edi_viettel` uses it.

One invoice per ``transactionUuid``, whatever happens on the way: that is what makes sending again safe.
"""

import base64
import io
import json
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOKEN = "stand-in-token"
PDF = b"%PDF-1.4 stand-in"
XML = b"<HDon>stand-in</HDon>"


class SinvoiceServer:
    """The service: its invoices, and what shall go wrong next."""

    def __init__(self):
        #: transactionUuid → what ``createInvoice`` answered.
        self.invoices = {}
        #: transactionUuid → the document that was sent first.
        self.documents = {}
        #: Calls by the last part of their path.
        self.calls = []
        #: What the next calls of a path meet: ``refuse`` (with a reason), ``silence`` (nothing is done), ``lost`` (it
        #: is done and nobody hears of it), ``down`` (a proxy answers).
        self.trouble = {}
        self.cancelled, self.paid = [], []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                service._answer(self)

            def log_message(self, *_args):
                """The tests look at :attr:`calls`."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def fail(self, name, *troubles):
        """Let the next calls of ``name`` meet these troubles, one each."""
        self.trouble.setdefault(name, []).extend(troubles)

    def _answer(self, handler):
        parts = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        name = next(part for part in reversed(parts.path.split("/")) if not part.replace("-", "").isdigit())
        self.calls.append(name)
        params = {key: values[0] for key, values in parse_qs(parts.query).items()}
        queue = self.trouble.get(name)
        trouble = queue.pop(0) if queue else ""
        if trouble == "silence":
            handler.close_connection = True
            handler.connection.close()
            return
        if trouble == "down":
            status, answer = 503, {"status": 503, "error": "Service Unavailable", "path": parts.path}
        elif trouble.startswith("refuse:"):
            status, answer = 400, {"code": 400, "message": "BAD_REQUEST", "data": trouble.removeprefix("refuse:")}
        elif name != "login" and f"access_token={TOKEN}" not in (handler.headers.get("Cookie") or ""):
            status, answer = 401, {"error": "unauthorized"}
        else:
            status, answer = getattr(self, f"_{name}")(json.loads(body) if body else {}, params)
        if trouble == "lost":
            handler.close_connection = True
            handler.connection.close()
            return
        content = json.dumps(answer, ensure_ascii=False).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def _login(self, document, _params):
        if document.get("password") != "right":
            return 400, {"code": 400, "message": "BAD_REQUEST", "data": "Sai tên đăng nhập hoặc mật khẩu"}
        return 200, {"access_token": TOKEN, "expires_in": 300}

    def _createInvoice(self, document, _params):
        info = document["generalInvoiceInfo"]
        key = info["transactionUuid"]
        if key in self.invoices:
            return 400, {"code": 400, "message": "BAD_REQUEST", "data": "TRANSACTION_UUID_INVALID"}
        items = sum(item["itemTotalAmountWithoutTax"] for item in document["itemInfo"])
        rates = sum(rate["taxableAmount"] for rate in document["taxBreakdowns"])
        if items != rates:
            return 400, {"code": 400, "message": "BAD_REQUEST", "data": "Tổng tiền không khớp"}
        self.documents[key] = document
        self.invoices[key] = {
            "supplierTaxCode": "0100109106",
            "invoiceNo": f"{info['invoiceSeries']}{len(self.invoices) + 1}",
            "transactionID": "1",
            "reservationCode": f"MATC{len(self.invoices) + 1:04}",
        }
        return 200, {"errorCode": None, "description": None, "result": self.invoices[key]}

    def _searchInvoiceByTransactionUuid(self, _document, params):
        found = self.invoices.get(params.get("transactionUuid"))
        if not found:
            return 400, {"code": 400, "message": "BAD_REQUEST", "data": "NOT_FOUND_DATA"}
        status = "Đã thanh toán" if found["invoiceNo"] in self.paid else "Chưa thanh toán"
        return 200, {"result": [found | {"status": status, "exchangeStatus": "INVOICE_HAS_CODE_APPROVED"}]}

    def _getInvoiceRepresentationFile(self, document, _params):
        content = PDF
        if document["fileType"] == "ZIP":
            content = _zipped("outer.zip", _zipped("invoice.xml", XML))
        return 200, {"fileName": document["invoiceNo"], "fileToBytes": base64.b64encode(content).decode()}

    def _cancelTransactionInvoice(self, _document, params):
        self.cancelled.append(params["invoiceNo"])
        return 200, {"errorCode": None, "description": None}

    def _updatePaymentStatus(self, _document, params):
        self.paid.append(params["invoiceNo"])
        return 200, {"errorCode": None, "result": True}


def _zipped(name, content):
    with io.BytesIO() as output:
        with zipfile.ZipFile(output, "w") as archive:
            archive.writestr(name, content)
        return output.getvalue()

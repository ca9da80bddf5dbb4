"""Another system sends through Open311 to a real server, follows what it sent until it is closed, and many at once."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from urllib.parse import urlsplit

import pytest
import requests
from georeport import GeoReport
from PIL import Image

from tests.bench._context import Context
from tests.conftest import HOUSEHOLDS

pytestmark = pytest.mark.e2e
WORDS = "Đội thoát nước đã nạo vét hố ga sáng nay"
#: so many may be sent within an hour, and so many are sent in the same second
LIMIT, AT_ONCE = 6, 12


@pytest.fixture(scope="module")
def ward(busy_server):
    """A server, and a function for the ward's side of the story."""
    context = Context(busy_server.runtime, HOUSEHOLDS)
    url = f"{busy_server.running.url}/open311/v2"
    return url, lambda *step: context.inside("open311", busy_server.database, *step)


@pytest.fixture(scope="module")
def key(ward):
    """The key of a client that may send as much as it needs."""
    _url, inside = ward
    return inside("key", 100)[1]


def post(url, key, form="json", files=None, **values):
    data = {"api_key": key, "service_code": "drain_blocked", "lat": "12.2388", "long": "109.1967", **values}
    return requests.post(f"{url}/requests.{form}", data=data, files=files, timeout=120)


def test_create_follow_see_closed(ward, key):
    """The client of the package index reads; it knows no sending, so that is done as the specification writes it."""
    url, inside = ward
    client = GeoReport(url)
    code = next(one["service_code"] for one in client.get_service_list() if "nghẹt" in one["service_name"])
    asked = [one for one in client.get_service_definition(code)["attributes"] if one["required"]]
    answers = {f"attribute[{one['code']}]": one["values"][0]["key"] for one in asked}
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "navy").save(out, "JPEG")
    answer = post(
        url, key, service_code=code, description="Hố ga bị nghẹt, nước tràn ra đường", **answers,
        files={"photo": ("a.jpg", out.getvalue(), "image/jpeg")},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    (sent,) = answer.json()
    number = sent["service_request_id"]
    assert sent["service_notice"]

    # Nobody of the ward has read it: only who sent it sees it.
    with pytest.raises(requests.HTTPError, match="404"):
        client.get_service_request(number)
    own = requests.get(f"{url}/requests/{number}.json", {"api_key": key}, timeout=120).json()[0]
    assert (own["status"], own["status_notes"]) == ("open", None)
    assert datetime.fromisoformat(own["expected_datetime"]) > datetime.fromisoformat(own["requested_datetime"])

    assert inside("finish", number, WORDS) == "closed"
    for form in ("json", "xml"):
        seen = GeoReport(url, output_format=form).get_service_request(number)
        assert (seen["status"], seen["status_notes"]) == ("closed", WORDS)
        # The address of the website is that of the template.
        picture = requests.get(url.replace("/open311/v2", urlsplit(seen["media_url"]).path), timeout=120)
        assert picture.headers["Content-Type"] == "image/jpeg"
    closed = client.get_service_requests(service_code=code, status="closed")
    assert number in [one["service_request_id"] for one in closed]


@pytest.mark.parametrize("form", ["json", "xml"])
def test_errors(ward, key, form):
    """A list of code and description, in the format that was asked for, with the status of the specification."""
    url, _inside = ward
    for expected, answer in (
        (403, post(url, "", form, description="Hố ga bị nghẹt, nước tràn")),
        (403, post(url, "wrong", form, description="Hố ga bị nghẹt, nước tràn")),
        (400, post(url, key, form, service_code="", description="Hố ga bị nghẹt, nước tràn")),
        (404, post(url, key, form, service_code="unheard", description="Hố ga bị nghẹt, nước tràn")),
        (400, post(url, key, form, lat="x", description="Hố ga bị nghẹt, nước tràn")),
        (404, requests.get(f"{url}/requests/PA-1.{form}", timeout=120)),
        (404, requests.get(f"{url}/services.{form}", {"jurisdiction_id": "nowhere"}, timeout=120)),
    ):
        assert answer.status_code == expected, answer.text
        if form == "json":
            assert [set(error) for error in answer.json()] == [{"code", "description"}]
        else:
            assert "<errors>" in answer.text and f"<code>{expected}</code>" in answer.text


def test_the_hourly_limit_holds_for_those_sent_at_once(ward):
    url, inside = ward
    before, key = inside("key", LIMIT)
    with ThreadPoolExecutor(AT_ONCE) as together:
        words = [f"Hố ga số {place} bị nghẹt" for place in range(AT_ONCE)]
        answers = list(together.map(lambda text: post(url, key, description=text), words))
    stored = [answer for answer in answers if answer.status_code == 200]
    refused = [answer.json()[0]["code"] for answer in answers if answer.status_code == 400]
    assert len(stored) + len(refused) == AT_ONCE
    assert set(refused) <= {429, 503}
    assert inside("count") - before == len(stored) <= LIMIT

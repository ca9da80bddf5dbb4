"""The topology of docker-compose.yml as plain processes: nginx with TLS, Odoo workers, websocket process, PostgreSQL.

The configuration files are the ones of the deployment, filled for this machine.
"""

import base64
import secrets
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from passlib.context import CryptContext

from kdc_cli import archive, container, dump, packages, render, system, templates
from kdc_cli.odoo_process import Runtime
from kdc_cli.paths import ADDONS, CONFIG
from tests.conftest import PATIENCE, fresh_copy, trouble

PASSWORD = "Mật khẩu của quản trị 1"
NGINX = """
{user}
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/10-upstreams.conf;
    include {folder}/20-tls.conf;
}}
"""


@dataclass(frozen=True)
class Deployment:
    """The running processes and where to reach them."""

    https: str
    http: str
    port: int
    database: str
    environment: dict[str, str]
    log: Path


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for this machine."""
    key, crt = folder / "tls.key", folder / "tls.crt"
    argv = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*argv, "-keyout", key, "-out", crt], check=True, capture_output=True)
    return crt, key


def start_nginx(folder: Path, values: dict[str, object]) -> subprocess.Popen:
    """nginx with the templates of the deployment."""
    for source, name in (("upstreams", "10-upstreams"), ("tls", "20-tls")):
        render.render_file(CONFIG / "nginx" / f"{source}.conf.template", folder / f"{name}.conf", values)
    user = "user root;" if system.is_root() else ""
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, user=user))
    argv = [packages.find_program("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    subprocess.run([*argv, "-t"], check=True, capture_output=True)
    return subprocess.Popen(argv, stderr=subprocess.DEVNULL)


def container_environment(runtime: Runtime, folder: Path, database: str, ports: dict[str, int]) -> dict[str, str]:
    """What docker-compose.yml gives the containers, for this machine."""
    connection = runtime.databases.connection
    given = {
        "db_password": connection.password or "unused on a socket",
        "admin_password": PASSWORD,
        "personal_data_keys": "\n".join(runtime.personal_data_keys()),
    }
    for name, value in given.items():
        (folder / name).write_text(value)
    return {
        "KDC_RUN": str(folder),
        "KDC_ADDONS_PATH": ",".join(map(str, [*runtime.odoo.addons_paths, ADDONS])),
        "KDC_DATA_DIR": str(runtime.home.data),
        "KDC_DB_HOST": connection.host,
        "KDC_DB_PORT": connection.port,
        "KDC_DB_USER": connection.user,
        "KDC_DB_NAME": database,
        "KDC_DB_PASSWORD_FILE": str(folder / "db_password"),
        "KDC_ADMIN_PASSWORD_FILE": str(folder / "admin_password"),
        "KDC_PERSONAL_DATA_KEYS_FILE": str(folder / "personal_data_keys"),
        "KDC_HTTP_INTERFACE": "127.0.0.1",
        "KDC_HTTP_PORT": str(ports["odoo"]),
        "KDC_GEVENT_PORT": str(ports["websocket"]),
        "KDC_WORKERS": "2",
        "KDC_CRON_THREADS": "1",
    }


@pytest.fixture(scope="module")
def deployment(runtime: Runtime, worker: str, tmp_path_factory) -> Iterator[Deployment]:
    """Start everything as the compose file does, with a copy of the template as database."""
    folder = tmp_path_factory.mktemp("deployment")
    folder.chmod(0o755)
    database = f"kdc_test_deploy_{worker}"
    template = templates.ensure(runtime)
    fresh_copy(runtime, template, database)
    ports = {name: system.free_port() for name in ("odoo", "websocket", "http", "https")}
    crt, key = certificate(folder)
    environment = container_environment(runtime, folder, database, ports)
    log = folder / "odoo.log"
    with log.open("wb") as out:
        argv = container.odoo("server", "-c", container.write_config(environment))
        odoo = subprocess.Popen(argv, stdout=out, stderr=out, env=runtime.environment())
    nginx = start_nginx(
        folder,
        {
            "KDC_ODOO": f"127.0.0.1:{ports['odoo']}",
            "KDC_WEBSOCKET": f"127.0.0.1:{ports['websocket']}",
            "KDC_HTTP_PORT": f"127.0.0.1:{ports['http']}",
            "KDC_HTTPS_PORT": f"127.0.0.1:{ports['https']}",
            "KDC_TLS_CERTIFICATE": crt,
            "KDC_TLS_KEY": key,
            "KDC_LOCATIONS": CONFIG / "nginx" / "locations.conf",
        },
    )
    base = f"https://127.0.0.1:{ports['https']}"
    try:
        wait_for(base + "/web/login")
        # the process of the websocket starts on its own and may be later
        wait_for(f"http://127.0.0.1:{ports['websocket']}/websocket/health")
        yield Deployment(base, f"http://127.0.0.1:{ports['http']}", ports["https"], database, environment, log)
    finally:
        system.terminate(nginx.pid)
        system.terminate(odoo.pid)
        runtime.databases.drop(database)


def insecure() -> ssl.SSLContext:
    """Trust the certificate made a moment ago."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Show redirections instead of following them."""

    def redirect_request(self, *_arguments):
        return None


def fetch(url: str, data: bytes | None = None, headers: dict[str, str] | None = None):
    """(status, headers, body) of a request, whatever the status."""
    opener = urllib.request.build_opener(NoRedirect, urllib.request.HTTPSHandler(context=insecure()))
    try:
        with opener.open(urllib.request.Request(url, data, headers or {}), timeout=PATIENCE / 1000) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def wait_for(url: str, seconds: float = 300) -> None:
    """Wait until a page answers."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if fetch(url)[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.5)
    raise AssertionError(f"{url} does not answer")


def test_plain_http_leads_to_tls(deployment):
    status, headers, _body = fetch(f"{deployment.http}/my")
    assert status == 301
    assert headers["Location"].startswith("https://")


def test_a_person_logs_in_through_nginx(deployment, browser):
    context = browser.new_context(base_url=deployment.https, ignore_https_errors=True, locale="vi-VN")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto("/web/login")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", "admin")
    with page.expect_navigation():
        page.click("form:has(input[name=password]) button[type=submit]")
    page.wait_for_selector(".o_web_client")
    cookie = next(cookie for cookie in context.cookies() if cookie["name"] == "session_id")
    assert cookie["httpOnly"]
    assert cookie["secure"], "it would be sent with a link that begins with http://"
    assert deployment.https in page.url, "Odoo does not see that it stands behind a proxy"
    context.close()


def test_the_websocket_reaches_its_own_process(deployment):
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    plain = socket.create_connection(("127.0.0.1", deployment.port), PATIENCE / 1000)
    with insecure().wrap_socket(plain) as stream:
        stream.sendall(
            f"GET /websocket?version=19.0-2 HTTP/1.1\r\nHost: 127.0.0.1:{deployment.port}\r\n"
            f"Origin: {deployment.https}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        assert stream.recv(200).startswith(b"HTTP/1.1 101")


def test_the_database_manager_is_shut(deployment):
    for path in ("/web/database/manager", "/web/database/selector", "/web/database/backup"):
        assert fetch(deployment.https + path)[0] == 404


def test_pages_are_compressed_and_headers_set(deployment):
    status, headers, _body = fetch(f"{deployment.https}/web/login", headers={"Accept-Encoding": "gzip"})
    assert status == 200
    assert headers["Content-Encoding"] == "gzip"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert headers["Server"] == "nginx"


def test_a_large_photo_passes_and_a_huge_one_is_refused(deployment):
    status, headers, body = fetch(f"{deployment.https}/web/login", data=b"x" * (51 << 20))
    assert status == 413
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert "chọn tệp nhỏ hơn" in body.decode()


def test_health_is_answered(deployment):
    container.check_health(deployment.environment)


def test_a_backup_of_the_running_server_is_restored_whole(deployment, runtime, tmp_path, worker):
    databases = container.databases(deployment.environment)
    path = container.back_up_once(deployment.environment, tmp_path)
    copy = f"kdc_test_restored_{worker}"
    try:
        archive.restore(databases, copy, path, replace=False)
        assert dump.row_counts(databases, copy) == dump.row_counts(databases, deployment.database)
        stored = databases.query("SELECT store_fname FROM ir_attachment WHERE store_fname IS NOT NULL", copy)
        assert stored
        for (name,) in stored:
            assert (databases.filestore(copy) / name).is_file(), f"{name} is lost"
    finally:
        runtime.databases.drop(copy)


def test_a_program_calls_with_a_key_and_without_a_limit(deployment, runtime):
    key = secrets.token_hex(20)
    sealed = CryptContext(["pbkdf2_sha512"]).hash(key)
    runtime.databases.query(
        "INSERT INTO res_users_apikeys (name, user_id, scope, expiration_date, key, index) "
        f"SELECT 'program', id, 'rpc', now() + interval '1 day', '{sealed}', '{key[:8]}' "
        "FROM res_users WHERE login = 'admin'",
        deployment.database,
    )
    url = f"{deployment.https}/json/2/res.users/search_count"
    sent = {"Content-Type": "application/json", "Authorization": f"bearer {key}"}
    answers = [fetch(url, b'{"domain": [["login", "=", "admin"]]}', sent)[::2] for _call in range(30)]
    assert answers == [(200, b"1")] * 30
    assert fetch(url, b'{"domain": []}', {**sent, "Authorization": "bearer guessed"})[0] in (401, 403)


def test_guessing_passwords_is_slowed_down(deployment):
    """Last but one, since it uses up the limit."""
    data = urllib.parse.urlencode({"login": "admin", "password": "guess"}).encode()
    # at once: the limit counts by the minute, and one after the other a slow server might stay below it
    with ThreadPoolExecutor(40) as guessers:
        answers = list(guessers.map(lambda _attempt: fetch(f"{deployment.https}/web/login", data=data), range(40)))
    refused = [body.decode() for status, _headers, body in answers if status == 429]
    assert refused
    assert "Đợi một phút" in refused[0]
    call = b'{"params": {"service": "common", "method": "version", "args": []}}'
    for path in ("/jsonrpc", "/xmlrpc/2/common", "/jsonrpc/", "/web/login/", "/vi/web/login", "/vi/activate"):
        again = [fetch(deployment.https + path, call, {"Content-Type": "application/json"})[0] for _try in range(3)]
        assert 429 in again, f"{path} is another way to guess"
    assert fetch(f"{deployment.https}/web/login")[0] == 200, "reading the page must stay free"


def test_the_log_is_clean(deployment):
    assert not trouble(deployment.log)

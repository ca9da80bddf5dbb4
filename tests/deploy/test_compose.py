"""docker-compose.yml: valid by the compose specification, and everything it names exists."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from compose_spec import PyCompose
from compose_spec.models import ComposeSpecification

from kdc_cli import container, render, templates
from kdc_cli.console import Problem
from kdc_cli.paths import ADDONS, CONFIG, ROOT

TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
LOCATIONS = (CONFIG / "nginx" / "locations.conf").read_text()
#: makes the files that the administrator keeps to himself
SECRETS = (CONFIG / "docker" / "make-secrets").read_text()


def binds(service: dict) -> list[tuple[str, str]]:
    """(source, target) of the volumes of a service."""
    return [tuple(volume.split(":")[:2]) for volume in service.get("volumes", [])]


def test_it_follows_the_specification():
    read = PyCompose.from_yaml(yaml.safe_dump(COMPOSE))
    assert set(read.service_names()) == {"db", "init", "odoo", "backup", "nginx"}
    ComposeSpecification.model_validate(COMPOSE)


def test_the_check_would_find_a_mistake():
    wrong = yaml.safe_load(TEXT.replace("healthcheck:", "healthchek:"))
    with pytest.raises(ValueError):
        PyCompose.from_yaml(yaml.safe_dump(wrong))


@pytest.mark.parametrize("name", SERVICES)
def test_every_mounted_path_and_volume_exists(name):
    for source, _target in binds(SERVICES[name]):
        if source.startswith("."):
            assert (ROOT / source).is_file(), f"{source} is not there"
        else:
            assert source in COMPOSE["volumes"], f"volume {source} is not declared"


@pytest.mark.parametrize("name", SERVICES)
def test_every_named_network_secret_and_service_exists(name):
    service = SERVICES[name]
    assert set(service["networks"]) <= COMPOSE["networks"].keys()
    assert set(service.get("secrets", [])) <= COMPOSE["secrets"].keys()
    assert service.get("depends_on", {}).keys() <= SERVICES.keys()
    for other, condition in service.get("depends_on", {}).items():
        if condition["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other], f"{name} waits for the health of {other}, which has no check"


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_has_a_password_in_the_open(name):
    for key, value in (SERVICES[name].get("environment") or {}).items():
        if "PASSWORD" in key or "SECRET" in key:
            assert key.endswith("_FILE") and value.startswith("/run/secrets/"), f"{name}: {key}"
            assert value.removeprefix("/run/secrets/") in SERVICES[name]["secrets"]


def test_secrets_are_files_that_make_secrets_makes_and_git_ignores():
    assert "/secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    for secret in COMPOSE["secrets"].values():
        assert Path(secret["file"]).name in SECRETS


def test_only_nginx_is_reachable_from_outside():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert SERVICES["db"]["networks"] == ["inside"]


def test_odoo_reaches_mail_servers_and_payment_gateways():
    """An internal network has no way out."""
    assert [name for name in SERVICES["odoo"]["networks"] if not (COMPOSE["networks"][name] or {}).get("internal")]


def test_the_secrets_are_closed_to_other_accounts(tmp_path):
    script = tmp_path / "config" / "docker" / "make-secrets"
    script.parent.mkdir(parents=True)
    script.write_text(SECRETS)
    folder = tmp_path / "secrets"
    made = []
    for _time in range(2):
        subprocess.run(["sh", script], check=True, capture_output=True)
        made.append({path.name: path.read_bytes() for path in folder.iterdir()})
        assert folder.stat().st_mode & 0o777 == 0o700
        assert (folder / "tls.key").stat().st_mode & 0o777 == 0o600
    assert made[0].keys() == {Path(secret["file"]).name for secret in COMPOSE["secrets"].values()}
    assert made[0] == made[1], "a second call must keep what is there"
    (folder / "tls.crt").unlink()
    done = subprocess.run(["sh", script], check=False, capture_output=True, text=True)
    assert (done.returncode, "tls.crt is missing" in done.stderr) == (1, True)
    assert (folder / "tls.key").read_bytes() == made[0]["tls.key"], "the key of a certificate that somebody paid for"


def test_the_modules_it_installs_exist():
    wanted = set(SERVICES["odoo"]["environment"]["KDC_MODULES"].split(","))
    assert wanted == templates.manifests().keys() - {"kdc_demo"}


@pytest.mark.parametrize("name", ["init", "odoo", "backup"])
def test_the_containers_are_given_what_the_configuration_needs(name, tmp_path):
    environment = {key: str(value) for key, value in SERVICES[name]["environment"].items()}
    for key in ("DB_PASSWORD", "ADMIN_PASSWORD", "PERSONAL_DATA_KEYS"):
        (tmp_path / key).write_text(f"{key}-value\n")
        assert environment[f"KDC_{key}_FILE"].startswith("/run/secrets/")
        environment[f"KDC_{key}_FILE"] = str(tmp_path / key)
    environment["KDC_RUN"] = str(tmp_path)
    text = container.write_config(environment).read_text()
    assert not render.placeholders(text)
    assert "admin_passwd = ADMIN_PASSWORD-value" in text
    assert "personal_data_keys = PERSONAL_DATA_KEYS-value" in text
    assert "proxy_mode = True" in text and "list_db = False" in text
    assert f"workers = {environment['KDC_WORKERS']}" in text


def test_a_missing_secret_stops_the_start(tmp_path):
    with pytest.raises(Problem, match="make-secrets"):
        container.secret("DB_PASSWORD", {})
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(Problem, match="make-secrets"):
        container.secret("DB_PASSWORD", {"KDC_DB_PASSWORD_FILE": str(tmp_path / "empty")})


def test_nginx_is_given_every_value_its_templates_ask_for():
    environment = SERVICES["nginx"]["environment"]
    for source, target in binds(SERVICES["nginx"]):
        asked = render.placeholders((ROOT / source).read_text())
        assert asked <= environment.keys(), f"{source} asks for {asked - environment.keys()}"
        assert not asked or target.startswith("/etc/nginx/templates/")
    assert environment["KDC_LOCATIONS"] in dict(map(reversed, binds(SERVICES["nginx"])))
    assert re.match(environment["NGINX_ENVSUBST_FILTER"], "KDC_ODOO")


def test_the_ports_behind_nginx_are_odoos():
    environment = SERVICES["nginx"]["environment"]
    dockerfile = (CONFIG / "Dockerfile").read_text()
    for key in ("KDC_ODOO", "KDC_WEBSOCKET"):
        host, port = environment[key].split(":")
        assert host in SERVICES
        assert re.search(rf"^EXPOSE .*\b{port}\b", dockerfile, re.MULTILINE)


def test_the_published_ports_are_the_ones_nginx_listens_on():
    environment = SERVICES["nginx"]["environment"]
    inner = {port.split(":")[1] for port in SERVICES["nginx"]["ports"]}
    assert inner == {environment["KDC_HTTP_PORT"], environment["KDC_HTTPS_PORT"]}


def test_what_the_dockerfile_copies_exists():
    for source in re.findall(r"^COPY (\S+)", (CONFIG / "Dockerfile").read_text(), re.MULTILINE):
        assert (ROOT / source).exists(), source


def test_the_commands_of_the_containers_are_known():
    known = (ROOT / "kdc_cli" / "container.py").read_text()
    for name in ("init", "odoo", "backup"):
        assert f'command == "{SERVICES[name]["command"][0]}"' in known
    assert SERVICES["odoo"]["healthcheck"]["test"] == ["CMD", "kdc-container", "health"]
    assert SERVICES["backup"]["healthcheck"]["test"] == ["CMD", "kdc-container", "health", "backup"]
    assert (CONFIG / "docker" / "kdc-container").stat().st_mode & 0o111


def test_the_client_is_as_old_as_the_server():
    """A newer one writes what the server refuses, an older one saves nothing."""
    server = re.fullmatch(r"postgres:(\d+)", SERVICES["db"]["image"])[1]
    dockerfile = (CONFIG / "Dockerfile").read_text()
    assert re.findall(r"postgresql-client-(\d+)", dockerfile) == [server]
    assert f"ENV PATH=/usr/lib/postgresql/{server}/bin:$PATH" in dockerfile, "the image has a newer one as well"


def test_what_the_image_copies_is_readable_whatever_the_umask_of_the_checkout():
    assert "chmod -R a+rX /opt/kdc" in (CONFIG / "Dockerfile").read_text()


def test_nginx_looks_for_odoo_again_when_it_is_made_anew():
    assert SERVICES["nginx"]["depends_on"]["odoo"]["restart"] is True


def test_every_service_restarts_and_limits_its_log():
    for name, service in SERVICES.items():
        assert service["restart"] == ("no" if name == "init" else "unless-stopped")
        assert service["logging"]["options"]["max-size"]


#: What strangers may send without a limit at nginx, and why.
UNLIMITED = {
    "/payment/kdc_payos/webhook": "one address sends for everybody, and without its signature nothing happens",
}


#: Odoo's own addresses at which somebody could guess a password or a code, or send without a login.
LIMITS_OF_ODOO = {
    "/web/login",
    "/web/login/totp",
    "/web/reset_password",
    "/web/session/authenticate",
    "/web/signup",
    "/jsonrpc",
    "/xmlrpc/",
    "/website/form",
}


def limited() -> list[str]:
    """The paths that nginx limits; a location may name several, with a language before them."""
    found = re.findall(r"^location (?:= |\^~ )?(/[\w/-]*) \{\s+limit_req", LOCATIONS, re.MULTILINE)
    for several in re.findall(r'^location ~ "\S+\?/\(([\w/$*|-]+)\)" \{\s+limit_req', LOCATIONS, re.MULTILINE):
        found += [f"/{path.removesuffix('/*$')}" for path in several.split("|")]
    return found


def decorators(source: str) -> Iterator[tuple[ast.Call, dict[str, ast.expr]]]:
    """The ``@http.route`` of a controller, with their keywords."""
    for node in ast.walk(ast.parse(source)):
        for decorator in getattr(node, "decorator_list", ()):
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).split(".")[-1] == "route":
                yield decorator, {keyword.arg: keyword.value for keyword in decorator.keywords}


def paths(source: str, route: ast.Call) -> list[str]:
    """The addresses of a route; a name stands for the text given to it in the same file."""
    names = dict(re.findall(r'^(\w+) = "(/[^"]*)"$', source, re.MULTILINE))
    given = route.args[0].elts if isinstance(route.args[0], ast.List) else route.args[:1]
    return [names[each.id] if isinstance(each, ast.Name) else ast.literal_eval(each) for each in given]


def sent_by_strangers() -> Iterator[str]:
    """Our addresses that take something from somebody without a login."""
    for path in ADDONS.glob("*/controllers/*.py"):
        source = path.read_text()
        for route, keywords in decorators(source):
            methods = ast.literal_eval(keywords["methods"]) if "methods" in keywords else ["GET"]
            if ast.literal_eval(keywords.get("auth", ast.Constant("user"))) in ("public", "none") and "POST" in methods:
                yield from paths(source, route)


def test_what_strangers_may_send_has_a_limit():
    sent = set(sent_by_strangers())
    assert {"/activate", "/phan-anh/gui", "/shop/basket/add"} <= sent
    open_ones = {path for path in sent if not any(path.startswith(limit) for limit in limited())}
    assert open_ones == UNLIMITED.keys()


def test_the_routes_with_limits_are_routes_of_ours():
    """A limit on a path that no controller serves would protect nothing."""
    assert {*LIMITS_OF_ODOO, "/activate"} <= set(limited())
    routes = "".join(path.read_text() for path in ADDONS.glob("*/controllers/*.py"))
    for location in set(limited()) - LIMITS_OF_ODOO:
        assert f"'{location}" in routes or f'"{location}' in routes, f"nobody serves {location}"

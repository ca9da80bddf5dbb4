"""Connection settings of PostgreSQL."""

import os
from pathlib import Path

import pytest

from kdc_cli import postgres, system
from kdc_cli.console import Problem
from kdc_cli.database import check_name
from kdc_cli.paths import CONFIG, Home


def test_a_url_is_read():
    found = postgres.parse_url("postgresql://kdc:m%40t@db.example:5433?sslmode=require")
    assert (found.host, found.port, found.user, found.password) == ("db.example", "5433", "kdc", "m@t")
    assert found.environment()["PGSSLMODE"] == "require"


def test_a_socket_url_is_read():
    found = postgres.parse_url("postgresql://kdc@/?host=/run/postgresql")
    assert found.host == "/run/postgresql"
    assert "PGPASSWORD" not in found.environment()


@pytest.mark.parametrize(
    "url", ["mysql://a@b", "postgresql://host-only", "postgresql://a@", "text", "postgresql://a@b:x"]
)
def test_a_wrong_url_is_told(url):
    with pytest.raises(Problem, match="KDC_DATABASE_URL"):
        postgres.parse_url(url)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://kdc:secret@127.0.0.1:{}", "does not let us in: .*Connection refused"),
        ("postgresql://kdc:secret@/?host=/nowhere", "does not let us in: .*No such file"),
        ("postgresql://postgres:secret@127.0.0.1", "Odoo refuses the user postgres"),
    ],
)
def test_a_server_that_cannot_be_used_is_told(tmp_path, monkeypatch, url, words):
    monkeypatch.setenv("KDC_DATABASE_URL", url.format(system.free_port()))
    with pytest.raises(Problem, match=rf"^KDC_DATABASE_URL \(.*{words}") as told:
        postgres.ensure(Home(tmp_path))
    assert "\n" not in str(told.value)
    assert "secret" not in str(told.value)


def test_an_account_that_may_not_install_gets_the_command(tmp_path, monkeypatch):
    monkeypatch.setattr(system, "is_root", lambda: False)
    monkeypatch.setattr(postgres, "find_binaries", lambda: None)
    with pytest.raises(Problem, match="As root: apt-get install postgresql"):
        postgres.Cluster(Home(tmp_path)).ensure()


def test_the_way_to_a_cluster_outside_the_home_is_open_whatever_the_umask(tmp_path, monkeypatch):
    """Or the user who runs PostgreSQL for root could never get there."""

    def stop(*_arguments):
        raise Problem("enough")

    monkeypatch.setattr(postgres, "CLUSTERS_OF_ROOT", tmp_path / "kdc")
    monkeypatch.setattr(system, "traversable", lambda *_arguments: False)
    monkeypatch.setattr(system, "unprivileged_user", lambda: system.User("me", os.geteuid(), os.getegid()))
    monkeypatch.setattr(postgres.Cluster, "_initialize", stop)
    cluster = postgres.Cluster(Home(tmp_path / "home"))
    before = os.umask(0o077)
    try:
        with pytest.raises(Problem, match="enough"):
            cluster.ensure()
    finally:
        os.umask(before)
    assert (tmp_path / "kdc").stat().st_mode & 0o777 == 0o755
    assert cluster.base.stat().st_mode & 0o777 == 0o700
    cluster.remove()
    assert not (tmp_path / "kdc").exists()


def test_the_newest_client_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "VERSIONS", tmp_path)
    assert postgres.newest("pg_restore") is None
    for version, program in (("9.6", "pg_restore"), ("16", "pg_restore"), ("18", "pg_restore"), ("19", "psql")):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / program).touch()
    assert postgres.newest("pg_restore") == tmp_path / "18" / "bin" / "pg_restore"


def test_a_password_is_not_shown():
    assert "secret" not in repr(postgres.Connection("h", password="secret"))


def test_the_socket_lies_beside_the_data_when_its_path_is_short():
    base = Path("/srv/kdc/pg")
    assert postgres.socket_folder(base, Home(Path("/srv/kdc")), {}) == base / "run"


def test_a_long_path_moves_the_socket_to_a_short_folder():
    home = Home(Path("/srv") / ("x" * 100))
    found = postgres.socket_folder(home.postgres, home, {})
    assert len(str(found / postgres.SOCKET_NAME)) <= postgres.SOCKET_LIMIT
    assert found != postgres.socket_folder(home.postgres, Home(Path("/srv") / ("y" * 100)), {})


@pytest.mark.parametrize(("memory", "buffers"), [(512, 64), (2048, 256), (65536, 512)])
def test_sizes_follow_the_memory(memory, buffers):
    assert postgres.tuning(memory)["SHARED_BUFFERS_MB"] == buffers


def test_the_cluster_is_durable():
    text = (CONFIG / "postgresql.conf.in").read_text()
    for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
        assert setting not in text


@pytest.mark.parametrize("name", ["Demo", "a b", "x;drop", "1st", "", 'a"b'])
def test_odd_database_names_are_refused(name):
    with pytest.raises(Problem):
        check_name(name)

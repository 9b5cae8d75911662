"""What a person may set, type or meet is described, and no link of the guides leads nowhere."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from pydantic import AliasChoices
from typer.main import get_command

from orchestration.cli.app import app
from rushes import errors
from rushes.settings import PROJECT_ROOT, Settings

GUIDES = sorted((PROJECT_ROOT / "docs").glob("**/*.md"))
PAGES = [PROJECT_ROOT / "README.md", PROJECT_ROOT / "CONTRIBUTING.md", *GUIDES]
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_QUOTED = re.compile(r"`([^`\n]+)`")
_MACHINE_PATH = re.compile(r"(?<![\w.~/])/(?:home|root|work|tmp)/")


def page(name: str) -> str:
    """The text of one guide."""
    return (PROJECT_ROOT / "docs" / name).read_text(encoding="utf-8")


def anchors(path: Path) -> set[str]:
    """The anchors that a Markdown page's headings get."""
    text = _FENCE.sub("", path.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).strip().replace(" ", "-") for each in headings}


def links(path: Path) -> list[str]:
    """The targets of a page's links and pictures, those in code aside."""
    return _LINK.findall(_FENCE.sub("", path.read_text(encoding="utf-8")))


def broken_links(path: Path) -> list[str]:
    """The relative links of a page that name no file, or no heading of it."""
    broken = []
    for target in links(path):
        parts = urlsplit(target)
        if parts.scheme:
            continue
        file = path.parent / unquote(parts.path) if parts.path else path
        if not file.exists() or (parts.fragment and parts.fragment not in anchors(file)):
            broken.append(target)
    return broken


def setting_names() -> list[str]:
    """Every environment variable of the settings, second names included."""
    names = []
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        chosen = alias.choices if isinstance(alias, AliasChoices) else [f"RUSHES_{name.upper()}"]
        names += [str(each) for each in chosen]
    return names


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """`rushes a b` of every command that does something."""
    nested = getattr(command, "commands", {})
    if not nested or getattr(command, "invoke_without_command", False):
        yield " ".join(("rushes", *path))
    for name, each in nested.items():
        yield from commands(each, (*path, name))


def error_codes() -> list[str]:
    """The code of every class of `rushes.errors`, and those that their docstrings name."""
    codes: set[str] = set()
    for each in vars(errors).values():
        if inspect.isclass(each) and issubclass(each, errors.RushesError):
            codes.add(each.code)
            _, _, named = (each.__doc__ or "").partition("Codes:")
            codes.update(_QUOTED.findall(named))
    return sorted(codes)


@pytest.mark.parametrize("name", setting_names())
def test_every_setting_has_a_row_in_its_guide(name: str) -> None:
    rows = [line for line in page("settings.md").splitlines() if line.startswith("| `")]
    assert any(f"`{name}`" in row.split("|")[1] for row in rows)


def test_the_guide_names_no_setting_that_does_not_exist() -> None:
    table, _, _ = page("settings.md").partition("These are read elsewhere")
    named = set(re.findall(r"^\| `(RUSHES_\w+)`", table, re.MULTILINE))
    assert named - set(setting_names()) == set()


@pytest.mark.parametrize("command", list(commands(get_command(app))))
def test_every_command_is_in_a_guide(command: str) -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in PAGES)
    assert re.search(rf"(?:^|[\s`/])(?:scripts/)?{re.escape(command)}\b", text)


@pytest.mark.parametrize("code", error_codes())
def test_every_error_code_has_a_row_in_its_guide(code: str) -> None:
    rows = [line for line in page("errors.md").splitlines() if line.startswith("| `")]
    assert any(f"`{code}`" in row.split("|")[1] for row in rows)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(PROJECT_ROOT)))
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    assert broken_links(path) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(PROJECT_ROOT)))
def test_no_guide_names_a_place_of_one_machine(path: Path) -> None:
    assert _MACHINE_PATH.findall(path.read_text(encoding="utf-8")) == []


def test_a_link_to_nowhere_is_noticed(tmp_path: Path) -> None:
    guide = tmp_path / "guide.md"
    guide.write_text("# One\n[a](gone.md) [b](guide.md#two) [c](#one) [d](https://example.org)\n")
    assert broken_links(guide) == ["gone.md", "guide.md#two"]


def test_the_index_of_the_guides_names_each() -> None:
    named = set(links(PROJECT_ROOT / "docs" / "README.md"))
    others = {path.name for path in GUIDES if path.name != "README.md"}
    assert others - named == set()


def test_pictures_are_small() -> None:
    pictures = list((PROJECT_ROOT / "docs" / "pictures").iterdir())
    assert pictures
    assert [each.name for each in pictures if each.stat().st_size >= 200_000] == []

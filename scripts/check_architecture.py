"""Rules of the architecture that no linter knows. Exit 1 with one line for each breach."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CODE = ("rushes", "orchestration", "assets", "resources", "sensors", "migrations", "quickwit")
MAX_LINES = 300
FORBIDDEN_NAMES = {"utils.py", "helpers.py", "common.py", "misc.py"}
OUTER = {"dagster", "orchestration", "assets", "resources", "sensors"}


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, top-level module) of every import, also those inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.lineno, node.module.split(".")[0]


def breaches(path: Path) -> Iterator[str]:
    """What is wrong with one file."""
    text, relative = path.read_text(), path.relative_to(ROOT)
    lines = text.count("\n")
    if lines > MAX_LINES and relative.parts[0] != "migrations":
        yield f"{relative}: {lines} lines, at most {MAX_LINES}"
    if path.name in FORBIDDEN_NAMES:
        yield f"{relative}: a thing lives with what it serves, not in {path.name}"
    if relative.parts[0] == "rushes":
        for line, module in imported(ast.parse(text)):
            if module in OUTER or module.startswith("dagster"):
                yield f"{relative}:{line}: rushes/ never imports {module}"


def main() -> int:
    """Check every file of ours."""
    files = [path for folder in CODE for path in sorted((ROOT / folder).rglob("*.py"))]
    found = [breach for path in files for breach in breaches(path)]
    print("\n".join(found) or f"{len(files)} files keep the rules of the architecture")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

# Makes .venv as constraints.txt pins it. Sourced by the other scripts; quick when nothing changed.
# Usage: make_environment "offline,dev"   -> sets PYTHON

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
VENV="${RUSHES_VENV:-$ROOT/.venv}"
PYTHON="$VENV/bin/python"

# The first Python of 3.11 to 3.13, for which all pinned packages have wheels; else any newer one.
find_python() {
    local candidate newest
    for newest in 13 99; do
        for candidate in "${RUSHES_PYTHON:-}" python3 python3.13 python3.12 python3.11 python; do
            [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 &&
                "$candidate" -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, $newest))" \
                    2>/dev/null && { command -v "$candidate"; return 0; }
        done
    done
    echo "rushes needs Python 3.11 or newer: install it, or set RUSHES_PYTHON to it" >&2
    return 1
}

# The stamp names what the environment was made from: a changed pin makes it anew.
make_environment() {
    local extras="$1" wanted present="" lock="$VENV.lock"
    wanted="$(cat "$ROOT/pyproject.toml" "$ROOT/constraints.txt" | cksum) $extras"
    [ -f "$VENV/.stamp" ] && present="$(cat "$VENV/.stamp")"
    case "$present" in
        "$wanted") return 0 ;;
        "${wanted% *} "*dev*) [ "$extras" = offline ] && return 0 ;;
    esac
    (
        command -v flock >/dev/null 2>&1 && flock 9
        [ -f "$VENV/.stamp" ] && [ "$(cat "$VENV/.stamp")" = "$wanted" ] && exit 0
        local python
        python="$(find_python)" || exit 1
        echo "making the environment in $VENV (once, a few minutes)" >&2
        "$python" -m venv "$VENV" || exit 1
        "$PYTHON" -m pip install --quiet --disable-pip-version-check \
            -c "$ROOT/constraints.txt" -e "$ROOT[$extras]" >&2 || exit 1
        echo "$wanted" > "$VENV/.stamp"
    ) 9>"$lock" || { echo "the environment could not be made; see above" >&2; return 1; }
}

# Makes .venv as constraints.txt pins it. Sourced by the other scripts; quick when nothing changed.
# Usage: make_environment "offline,dev"   -> sets PYTHON
# RUSHES_EXTRAS adds extras of pyproject.toml: ultralytics, easyocr, bedrock, all, dg. What the
# environment has once, it keeps: it is never made anew with less.

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

known_extras() {
    local each
    for each in ${1//,/ }; do
        case "$each" in
            offline | dev | dg | ultralytics | easyocr | bedrock | all) ;;
            *) echo "RUSHES_EXTRAS: there is no extra '$each'; choose of: ultralytics, easyocr, bedrock, all, dg" >&2
               return 1 ;;
        esac
    done
}

# Whether the extras $1 hold all of $2. `all` holds every backend.
holds() {
    local each
    for each in ${2//,/ }; do
        case ",$1," in
            *",$each,"*) ;;
            *,all,*) case "$each" in ultralytics | easyocr | bedrock | offline) ;; *) return 1 ;; esac ;;
            *) return 1 ;;
        esac
    done
}

# The extras of $1 and those of $2 that it does not hold.
with_extras() {
    local result="$1" each
    for each in ${2//,/ }; do
        holds "$result" "$each" || result="${result:+$result,}$each"
    done
    echo "$result"
}

# A fresh virtual environment; where Python comes without ensurepip, its own pip serves the new one.
make_venv() {
    local python="$1"
    "$python" -m venv "$VENV" 2>/dev/null && return 0
    "$python" -m venv --without-pip "$VENV"
}

pip_install() {
    local python="$1"
    shift
    if "$PYTHON" -m pip --version >/dev/null 2>&1; then
        "$PYTHON" -m pip install --quiet --disable-pip-version-check "$@"
    else
        "$python" -m pip --python "$PYTHON" install --quiet --disable-pip-version-check "$@"
    fi
}

# The stamp names what the environment was made from, "PINS EXTRAS": a changed pin makes it anew.
make_environment() {
    local extras="$1" pins present="" lock="$VENV.lock"
    extras="$(with_extras "$extras" "${RUSHES_EXTRAS:-}")"
    known_extras "$extras" || return 1
    pins="$(cat "$ROOT/pyproject.toml" "$ROOT/constraints.txt" | cksum)"
    [ -f "$VENV/.stamp" ] && present="$(cat "$VENV/.stamp")"
    [ "${present% *}" = "$pins" ] && holds "${present##* }" "$extras" && return 0
    mkdir -p "$(dirname "$VENV")"
    (
        command -v flock >/dev/null 2>&1 && flock 9
        local present="" python
        [ -f "$VENV/.stamp" ] && present="$(cat "$VENV/.stamp")"
        [ "${present% *}" = "$pins" ] && holds "${present##* }" "$extras" && exit 0
        extras="$(with_extras "${present##* }" "$extras")"
        python="$(find_python)" || exit 1
        echo "making the environment in $VENV with $extras (once, a few minutes)" >&2
        make_venv "$python" || exit 1
        pip_install "$python" -c "$ROOT/constraints.txt" -e "$ROOT[$extras]" >&2 || exit 1
        echo "$pins $extras" > "$VENV/.stamp"
    ) 9>"$lock" || { echo "the environment could not be made; see above" >&2; return 1; }
}

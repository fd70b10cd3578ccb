# Sourced: `install_missing GROUP…` makes sure that this machine has what the groups need.
# On Debian and its kin it installs packages, as root or with sudo; elsewhere, or without either, it prints
# the line to run and stops.

say() { printf '\n== %s\n' "$*"; }

has_header() { printf '#include <%s>\n' "$1" | clang -fsyntax-only -x c - 2>/dev/null; }

# The Debian packages that a group lacks here, one a line.
missing_packages() {
    case "$1" in
    build)
        has_header sqlite3.h || echo libsqlite3-dev
        has_header zlib.h || echo zlib1g-dev
        has_header libdeflate.h || echo libdeflate-dev
        # Without it SwiftPM finds the libraries all the same, and warns that it did not.
        command -v pkg-config >/dev/null || echo pkg-config
        ;;
    interop)
        command -v python3 >/dev/null || echo python3
        python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
        ;;
    page)
        command -v chromium >/dev/null || echo chromium
        command -v chromedriver >/dev/null || echo chromium-driver
        # Signs that the page shows beside words.
        [ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || echo fonts-dejavu-core
        ;;
    esac
}

install_missing() {
    command -v swift >/dev/null || {
        echo "swift is not in PATH; see https://www.swift.org/install" >&2
        exit 1
    }
    local packages=() package group
    for group in "$@"; do
        while read -r package; do packages+=("$package"); done < <(missing_packages "$group")
    done
    [ ${#packages[@]} -gt 0 ] || return 0

    local line="apt-get install -y --no-install-recommends ${packages[*]}"
    if ! command -v apt-get >/dev/null; then
        echo "This machine lacks what Debian calls: ${packages[*]}. Install it and run this again." >&2
        exit 1
    fi
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
            as_root=(sudo)
        else
            printf 'Missing: %s. Run this as root, then come back:\n\n    apt-get update && %s\n\n' \
                "${packages[*]}" "$line" >&2
            exit 1
        fi
    fi
    say "installing ${packages[*]}"
    "${as_root[@]}" apt-get update -q
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive $line
}

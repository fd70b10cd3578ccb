#!/usr/bin/env bash
# Makes sure that there is a Prometheus for the interop tests, in .venv-prometheus where it is not installed.
# Debian's package starts a server that listens everywhere as soon as it is installed, so it is only unpacked,
# which needs no root either. Where that cannot be done, the tests that need it say so.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/install-missing.sh

place=.venv-prometheus
if command -v prometheus >/dev/null && command -v promtool >/dev/null; then exit 0; fi
if [ -x "$place/usr/bin/prometheus" ] && [ -x "$place/usr/bin/promtool" ]; then exit 0; fi
if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
    echo "Prometheus is not in PATH, and there is no apt to get it with: its tests are skipped." >&2
    exit 0
fi

say "unpacking Debian's prometheus into $place"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
# Package lists of its own: the system's may be old or missing, and only root may renew those.
apt=(apt-get -q -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=)
if "${apt[@]}" update && (cd "$work" && "${apt[@]}" download prometheus); then
    rm -rf "$place"
    mkdir -p "$place"
    dpkg-deb --fsys-tarfile "$work"/prometheus_*.deb | tar -x -C "$place" ./usr/bin
else
    echo "Debian's prometheus could not be fetched: its tests are skipped, and fail where CI is set." >&2
fi

#!/usr/bin/env bash
# Measures what Benchmarks/README.md tabulates, on this machine.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/install-missing.sh

install_missing build
Scripts/build.sh release
exec Benchmarks/run.sh "$@"

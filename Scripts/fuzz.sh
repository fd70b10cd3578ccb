#!/usr/bin/env bash
# Runs every driver of Tests/Fuzz on its corpus, FUZZ_SECONDS in all.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/install-missing.sh

install_missing build
exec Tests/Fuzz/run.sh "${FUZZ_SECONDS:-60}"

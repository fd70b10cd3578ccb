#!/usr/bin/env bash
# Runs every driver of Tests/Fuzz for SECONDS_EACH seconds on its corpus.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/install-missing.sh

install_missing build
exec Tests/Fuzz/run.sh "${SECONDS_EACH:-60}"

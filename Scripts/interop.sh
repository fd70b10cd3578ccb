#!/usr/bin/env bash
# The interop suite: `MCPTAPE_BINARY=.build/release/mcptape Scripts/interop.sh -k transparency`.
set -euo pipefail
cd "$(dirname "$0")/.."

Scripts/interop-needs.sh

: "${MCPTAPE_BINARY:=.build/debug/mcptape}"
MCPTAPE_BINARY=$(realpath "$MCPTAPE_BINARY")
export MCPTAPE_BINARY
export MCPTAPE_PYTHON_1="$PWD/.venv-interop-1/bin/python"
export MCPTAPE_PYTHON_2="$PWD/.venv-interop-2/bin/python"
# Most tests wait for a peer to start, so four at a time are done in less than half the time on two cores.
# What shares a costly scene is a group, and stays together.
exec "$MCPTAPE_PYTHON_2" -m pytest -p no:cacheprovider -n "${MCPTAPE_JOBS:-4}" --dist loadgroup \
    Tests/Interop "$@"

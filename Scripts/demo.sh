#!/usr/bin/env bash
# From a bare machine to the demo. The build takes a few minutes the first time.
set -euo pipefail
cd "$(dirname "$0")/.."

Scripts/build.sh release
exec .build/release/mcptape demo

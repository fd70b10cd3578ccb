#!/usr/bin/env bash
# Builds mcptape: `build.sh debug` or `build.sh release`.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/install-missing.sh

install_missing build
case "${1:-debug}" in
debug) swift build ;;
release)
    # What `mcptape_build_info` says. A tree that is no checkout has none.
    MCPTAPE_REVISION=$(git rev-parse --short=12 HEAD 2>/dev/null || true)
    export MCPTAPE_REVISION
    swift build -c release --static-swift-stdlib --product mcptape
    say "built $(swift build -c release --static-swift-stdlib --show-bin-path)/mcptape"
    ;;
*)
    echo "usage: Scripts/build.sh debug|release" >&2
    exit 64
    ;;
esac

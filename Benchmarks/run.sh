#!/usr/bin/env bash
# Every figure of README.md, one after the other, so that none disturbs another.
set -euo pipefail
cd "$(dirname "$0")/.."

binary=${1:-.build/release/mcptape}
stripped=$(mktemp -d)/mcptape
trap 'rm -rf "$(dirname "$stripped")"' EXIT
strip -o "$stripped" "$binary"

Benchmarks/stdio/run "$stripped"
Benchmarks/sustained/run --mcptape "$stripped" --limits
Benchmarks/start/run --mcptape "$stripped"
Benchmarks/store/run --mcptape "$stripped"
Benchmarks/replay/run --mcptape "$stripped"
Benchmarks/metrics/run --mcptape "$stripped"
if test -x .build/release/metering-probe && command -v valgrind >/dev/null; then
    Benchmarks/metrics/metering --mcptape "$stripped"
else
    echo "Benchmarks/metrics/metering is left out: it needs valgrind, and swift build -c release" \
        "--product metering-probe"
fi
Benchmarks/viewer/questions --mcptape "$stripped"
if python3 -c 'import rotel' 2>/dev/null; then
    Benchmarks/otlp/run --mcptape "$stripped"
else
    echo "Benchmarks/otlp is left out: it needs the collector of PyPI's package rotel"
fi
if command -v chromium >/dev/null && command -v chromedriver >/dev/null; then
    Benchmarks/viewer/run --mcptape "$stripped"
    Benchmarks/viewer/exported --mcptape "$stripped"
else
    echo "Benchmarks/viewer is left out: it needs a browser (apt-get install chromium chromium-driver)"
fi
if command -v wrk >/dev/null && { command -v nginx || test -x /usr/sbin/nginx; } >/dev/null; then
    Benchmarks/http/run --mcptape "$stripped"
else
    echo "Benchmarks/http is left out: it needs nginx and wrk (apt-get install nginx-light wrk)"
fi

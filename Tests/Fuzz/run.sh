#!/usr/bin/env bash
# run.sh SECONDS [DRIVER…]: builds the drivers and runs each for SECONDS on its corpus.
# What it finds is kept as `found-…` beside the corpus; every finding becomes a named test.
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:-60}
shift || true
# Optimised, yet with all checks.
swift build -c release --sanitize=fuzzer
programs=$(swift build -c release --sanitize=fuzzer --show-bin-path)
if [ $# -eq 0 ]; then set -- $(ls Drivers); fi
for name in "$@"; do
    printf '\n== %s, %s s\n' "$name" "$seconds"
    learned=".build/corpus/$name"
    mkdir -p "$learned"
    "$programs/Fuzz$name" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=1024 \
        -print_final_stats=1 -verbosity=0 -artifact_prefix="found-$name-" "$learned" "Corpus/$name" 2>&1 |
        grep -vE '^(INFO|stat::(new_units|slowest|peak)|"|######)' || true
    [ "${PIPESTATUS[0]}" -eq 0 ] || { echo "$name failed; see found-$name-*" >&2; exit 1; }
done

#!/usr/bin/env bash
# Everything that must pass, from a bare machine to one closing line of counts.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/install-missing.sh

passed=0
failed=0
reports=$(mktemp -d)
preparing=
trap '[ -z "$preparing" ] || kill "$preparing" 2>/dev/null; rm -rf "$reports"' EXIT

close() {
    printf '\n%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ]
}

# count REPORT STATUS: adds the counts of a JUnit report. A run that failed without a failed test (it crashed,
# or wrote no report) counts as one failure.
count() {
    local tests=0 bad=0 skipped=0 line
    if [ -s "$1" ]; then
        line=$(grep -o '<testsuite [^>]*' "$1" | head -n 1)
        attribute() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$line"; }
        tests=$(attribute tests)
        skipped=$(attribute skipped)
        bad=$(($(attribute failures) + $(attribute errors)))
    fi
    if [ "$2" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    failed=$((failed + bad))
    passed=$((passed + tests - bad - ${skipped:-0}))
    if [ "$passed" -lt 0 ]; then passed=0; fi
}

install_missing build interop

# Downloads, mostly, while the compiler works. What fails is tried again, and told, before the suite runs.
Scripts/interop-needs.sh >"$reports/needs.txt" 2>&1 &
preparing=$!

say "format"
status=0
make -s lint || status=$?
if [ "$status" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi

say "build"
if ! swift build --build-tests; then
    failed=$((failed + 1))
    close
    exit 1
fi

say "unit and tidy tests"
status=0
swift test --skip-build --disable-xctest --xunit-output "$reports/unit.xml" || status=$?
# Swift writes the report under either name.
for report in "$reports"/unit*.xml; do
    case "$report" in *unit-swift-testing.xml | *unit.xml) count "$report" "$status" ;; esac
done

say "interop tests: the built binary, and the official SDKs from PyPI"
wait "$preparing" || cat "$reports/needs.txt"
preparing=
status=0
MCPTAPE_BINARY="$(swift build --show-bin-path)/mcptape" \
    Scripts/interop.sh --junitxml="$reports/interop.xml" || status=$?
count "$reports/interop.xml" "$status"

close

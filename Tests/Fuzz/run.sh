#!/usr/bin/env bash
# Builds every driver of this folder with libFuzzer and AddressSanitizer and runs them on their corpora,
# SECONDS in all (default 60). Ends with 1 when a driver found something, and says how to run it again.
#
#   Tests/Fuzz/run.sh [SECONDS] [DRIVER…]
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-60}
shift || true
drivers=("$@")
if [ ${#drivers[@]} -eq 0 ]; then
    for file in Tests/Fuzz/*Driver.swift; do drivers+=("$(basename "$file" Driver.swift)"); done
fi

# A crash is reported by libFuzzer; Swift's own backtracer would take seconds for each.
export SWIFT_BACKTRACE=enable=no
# The runtime's own caches are never freed and are no leaks of ours.
export ASAN_OPTIONS=detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}

build=$PWD/.build/fuzz
mkdir -p "$build/findings"
flags=(-O -g -swift-version 6 -parse-as-library -sanitize=fuzzer,address
    -enable-upcoming-feature InternalImportsByDefault -enable-upcoming-feature MemberImportVisibility
    -I "$build" -Xcc -fmodule-map-file="$build/module.modulemap" -use-ld=lld)

# module NAME: compiles a pure module of ours with its coverage counted, unless nothing changed since.
module() {
    local sources
    if [ -f "$build/$1.o" ] && [ -z "$(find Sources/*/ -newer "$build/$1.o" -print -quit)" ]; then return; fi
    mapfile -t sources < <(find "Sources/$1" -name '*.swift' | sort)
    swiftc "${flags[@]}" -wmo -c -module-name "$1" -package-name mcptape -emit-module \
        -emit-module-path "$build/$1.swiftmodule" -o "$build/$1.o" "${sources[@]}"
}

# The pure files of HTTPTransport, which some drivers are built with in one module, without SwiftNIO.
message=$(find Sources/HTTPTransport/Message -name '*.swift' ! -name OwnAnswer.swift | sort | tr '\n' ' ')
declare -A sources=(
    [HTTPMessage]="$message"
    [HeaderRules]="$message $(echo Sources/HTTPTransport/Headers/*.swift)
        Sources/HTTPTransport/Legacy/EndpointRewriter.swift Sources/HTTPTransport/Routing/UpstreamURL.swift
        Sources/HTTPTransport/Listener/HTTPFailure.swift"
)

printf 'fuzz: building %s\n' "${drivers[*]}"
printf 'module CScan { umbrella "%s" export * }\n' "$PWD/Sources/CScan/include" >"$build/module.modulemap"
c_objects=()
for file in Sources/CScan/*.c; do
    object=$build/C-$(basename "$file" .c).o
    clang -O1 -g -fsanitize=fuzzer-no-link,address -I Sources/CScan/include -c "$file" -o "$object"
    c_objects+=("$object")
done
for name in Wire MCPSemantics Recording; do
    printf '  %s\n' "$name"
    module "$name"
done
swiftc "${flags[@]}" -wmo -c -module-name NIOCore -emit-module \
    -emit-module-path "$build/NIOCore.swiftmodule" -o "$build/NIOCore.o" Tests/Fuzz/Stubs/NIOCore.swift
for driver in "${drivers[@]}"; do
    printf '  %sDriver\n' "$driver"
    # shellcheck disable=SC2086
    swiftc "${flags[@]}" -module-name "${driver}Driver" -o "$build/$driver" \
        "Tests/Fuzz/${driver}Driver.swift" Tests/Fuzz/FuzzInput.swift ${sources[$driver]:-} \
        "$build"/{Recording,MCPSemantics,Wire,NIOCore}.o "${c_objects[@]}"
done

each=$((seconds / ${#drivers[@]}))
if [ "$each" -lt 1 ]; then each=1; fi
found=0
for driver in "${drivers[@]}"; do
    corpus=$build/corpus/$driver
    mkdir -p "$corpus"
    printf 'fuzz: %s for %d s ' "$driver" "$each"
    "$build/$driver" -max_total_time="$each" -timeout=10 -rss_limit_mb=2048 -max_len=4096 \
        -print_final_stats=1 -artifact_prefix="$build/findings/$driver-" \
        "$corpus" "Tests/Fuzz/Corpus/$driver" \
        >"$build/$driver.log" 2>&1 &
    process=$!
    while kill -0 "$process" 2>/dev/null; do
        printf '.'
        sleep 1
    done
    if wait "$process"; then
        executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$driver.log")
        printf ' %s inputs, nothing found\n' "$executions"
    else
        found=1
        printf ' FOUND SOMETHING\n'
        tail -n 40 "$build/$driver.log"
        printf 'again: %s FILE, with the file named above; the full log is %s\n' \
            ".build/fuzz/$driver" ".build/fuzz/$driver.log"
    fi
done
exit "$found"

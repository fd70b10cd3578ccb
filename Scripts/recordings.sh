#!/usr/bin/env bash
# Makes recordings/ anew: the demo, each pairing of the two SDK generations, and two published servers.
# They are real: whatever the SDKs say on the wire today is in them. Read the diff before you commit it.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/install-missing.sh

: "${MCPTAPE_BINARY:=.build/release/mcptape}"
MCPTAPE_BINARY=$(realpath "$MCPTAPE_BINARY")
for generation in 1 2; do
    [ -x ".venv-interop-$generation/bin/python" ] || {
        echo "run Scripts/interop.sh first: it prepares the two environments" >&2
        exit 1
    }
done
target=$PWD/recordings
root=$PWD

# A place whose path is nobody's: it stands in the header of each file.
place=/tmp/demo
rm -rf "$place"
mkdir -p "$place/bin" "$place/notes"
trap 'rm -rf "$place"' EXIT
ln -s "$MCPTAPE_BINARY" "$place/bin/mcptape"
for generation in 1 2; do
    # Through a link, so that a traceback names the link.
    ln -s "$(realpath ".venv-interop-$generation")" "$place/sdk$generation"
    printf '#!/bin/sh\nexec "%s" "$@"\n' "$place/sdk$generation/bin/python" >"$place/bin/python$generation"
    chmod +x "$place/bin/python$generation"
done
cp Tests/Interop/peers/sdk_*.py Tests/Interop/peers/revisions.py "$place"
cd "$place"
export SDK_CLIENT_LARGE=20 PATH="$place/bin:$PATH" MCPTAPE_STORE="$place/store" HOME="$place"

say "demo"
# The host stands in the header: the same one for everybody.
python2 -c 'import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))' mcptape demo >/dev/null 2>&1
for name in demo demo-legacy; do
    mcptape export "$name" --quiet -o "$target/$name.mcptape.jsonl"
done

# record NAME CLIENT MODE SCRIPT SERVER…
record() {
    local name=$1 client=$2 mode=$3 script=$4
    shift 4
    say "$name"
    "$client" sdk_client.py "$mode" "$script" \
        mcptape record --store "$MCPTAPE_STORE" --name "$name" -o "$target/$name.mcptape.jsonl" -- "$@" \
        >/dev/null
}

record sdk-2-modern-to-2 python2 auto interop python2 sdk_server.py
record sdk-2-legacy-to-2 python2 legacy interop python2 sdk_server.py
record sdk-2-to-1 python2 auto interop python1 sdk_server.py
record sdk-1-to-2 python1 v1 interop python2 sdk_server.py
record sdk-1-to-1 python1 v1 interop python1 sdk_server.py
record time python2 auto time python2 -m mcp_server_time --local-timezone Europe/Berlin

# A run: one agent over three servers, side by side.
say "runs/agent"
mkdir -p "$target/runs"
cp "$root"/Tests/Interop/peers/timed_*.py "$place"
python2 timed_agent.py notes=auto files=legacy search=auto -- \
    mcptape record --store "$MCPTAPE_STORE" --name '{name}' -- python2 timed_server.py '{name}' >/dev/null
mcptape export run:last --quiet -o "$target/runs/agent.mcptape.jsonl"

# features NAME CLIENT MODE SERVER GROUP…: every feature of the SDKs, on stdio.
features() {
    local name=$1 client=$2 mode=$3 server=$4
    shift 4
    say "$name"
    "$client" sdk_features.py "$mode" stdio "$@" -- \
        mcptape record --store "$MCPTAPE_STORE" --name "$name" -o "$target/$name.mcptape.jsonl" -- \
        "$server" sdk_feature_server.py >/dev/null
}

features features-2-modern python2 auto python2 basic requests changes cancel
features features-1 python1 v1 python1 basic requests changes cancel

# http NAME CLIENT MODE SERVER WORDS PATH GROUP…: the same on HTTP.
http() {
    local name=$1 client=$2 mode=$3 server=$4 words=$5 path=$6 port proxy
    shift 6
    say "$name"
    rm -f port proxy-port
    # shellcheck disable=SC2086
    "$server" sdk_http_server.py features $words >port &
    local upstream=$!
    while [ ! -s port ]; do sleep 0.1; done
    port=$(cat port)
    mcptape record --store "$MCPTAPE_STORE" --name "$name" --listen 127.0.0.1:0 --port-file proxy-port \
        --upstream "http://127.0.0.1:$port" -o "$target/$name.mcptape.jsonl" --quiet &
    local recorder=$!
    while [ ! -s proxy-port ]; do sleep 0.1; done
    proxy=$(cat proxy-port)
    "$client" sdk_features.py "$mode" "http://127.0.0.1:$proxy/$path" "$@" >/dev/null
    kill "$recorder"
    wait "$recorder"
    kill "$upstream"
    wait "$upstream" || true
}

http http-2-modern python2 auto python2 events mcp basic requests changes cancel
http http-2-legacy python2 legacy python2 events mcp basic requests changes cancel
http http-1 python1 v1 python1 events mcp basic requests changes cancel
http http-1-json python1 v1 python2 "json stateless" mcp basic
http sse-1 python1 v1 python1 sse sse basic requests changes

# Every older revision, and a batch of the one that has them, by a client that only writes lines.
for revision in 2024-11-05 2025-03-26 2025-06-18; do
    say "revision-$revision"
    python2 revisions.py "$revision" mcptape record --store "$MCPTAPE_STORE" --name "revision-$revision" \
        -o "$target/revision-$revision.mcptape.jsonl" -- python2 revisions.py server
done

export GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.com
export GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@example.com
export GIT_AUTHOR_DATE=2026-01-01T00:00:00Z GIT_COMMITTER_DATE=2026-01-01T00:00:00Z
git -C notes init -q -b main
echo hello >notes/hello.txt
git -C notes add hello.txt
git -C notes commit -q -m "Say hello"
record git python2 auto git python2 -m mcp_server_git --repository "$place/notes"

cd "$root"
for file in "$target"/*.mcptape.jsonl; do "$MCPTAPE_BINARY" check "$file"; done

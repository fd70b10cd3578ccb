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
cp Tests/Interop/peers/sdk_server.py Tests/Interop/peers/sdk_client.py "$place"
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

#!/usr/bin/env bash
# What the interop suite needs and a build does not: Prometheus, a browser, and the SDKs from PyPI.
# Does nothing where it is all there. `make test` runs it beside the build, which waits for other things.
# The two generations of the Python SDK cannot live in one environment, so there are two.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/install-missing.sh

install_missing interop
Scripts/prometheus.sh
for generation in 1 2; do
    venv=".venv-interop-$generation"
    wanted="Tests/Interop/requirements-$generation.txt"
    if ! cmp -s "$wanted" "$venv/installed.txt"; then
        say "preparing $venv: $(tr '\n' ' ' <"$wanted")"
        python3 -m venv --clear "$venv"
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$wanted"
        cp "$wanted" "$venv/installed.txt"
    fi
done

# The tests of the viewer's page drive a browser. Where none can be installed they are skipped and say so,
# but not where everything must be proved.
if command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }; then
    install_missing page
fi
# Of this package only a file of JavaScript is used, so the browsers that it wants are not installed.
wanted=Tests/Interop/requirements-page.txt
if ! cmp -s "$wanted" .venv-interop-2/installed-page.txt; then
    .venv-interop-2/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r "$wanted"
    cp "$wanted" .venv-interop-2/installed-page.txt
fi

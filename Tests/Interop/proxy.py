"""`mcptape record --listen` as a fixture: started, its port learnt, ended with SIGTERM."""

import subprocess
from contextlib import contextmanager

from prepared_peers import sdk_peer
from program import DEADLINE, Mcptape, wait_until


@contextmanager
def proxy(program: Mcptape, upstream: str, *options, name: str = "proxy"):
    """The port of a proxy in front of `upstream`."""
    file = program.directory / f"{name}.port"
    argv = [program.binary, "record", "--store", program.store, "--listen", "127.0.0.1:0"]
    argv += ["--upstream", upstream] if upstream else []
    process = program.start(
        [*argv, "--port-file", file, "--drain", "2s", *options], stdin=subprocess.DEVNULL
    )
    wait_until(lambda: file.exists() or process.poll() is not None)
    assert process.poll() is None, process.stderr.read().decode()
    yield int(file.read_text())
    process.terminate()
    _, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, errors.decode()


@contextmanager
def sdk_server(program: Mcptape, python: str, *words):
    """The port of the SDK's server on HTTP."""
    argv = sdk_peer(python, "sdk_http_server", *words)
    process = program.start(argv, stdin=subprocess.DEVNULL)
    line = process.stdout.readline()
    assert line, process.stderr.read().decode()
    yield int(line)
    process.terminate()
    process.communicate(timeout=DEADLINE)

"""Nothing outlives us by more than a second, whatever kills us, and nothing else is touched.

MCPTAPE_CYCLES says how often each kind of death is tried.
"""

import os
import signal
import subprocess
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from program import DEADLINE, PYTHON, peer, processes_with, wait_until

CYCLES = int(os.environ.get("MCPTAPE_CYCLES", "20"))
# At once: enough to finish, few enough that a second stays a second on two cores.
AT_ONCE = 4
# The law is a second, half of which the guard gives for SIGTERM; the rest is for a busy machine.
OUTLIVING_LIMIT = float(os.environ.get("MCPTAPE_OUTLIVING_LIMIT", "5"))

OBEDIENT = ["sh", "-c", "echo ready; exec cat"]
CHAIN = ["sh", "-c", "sh -c 'sh -c \"echo ready; cat; :\"; :'; :"]
# As npx does: a shell, below it a runtime, below it a helper in the background.
LAUNCHER = [
    "sh",
    "-c",
    f'{" ".join(PYTHON)} -c \'import subprocess, sys; print("ready", flush=True); '
    'helper = subprocess.Popen(["sleep", "300"]); sys.stdin.read(); helper.kill()\'; :',
]
STUBBORN = ["sh", "-c", 'trap "" TERM; echo ready; while :; do sleep 300; done']
SERVERS = {"obedient": OBEDIENT, "a chain of shells": CHAIN, "a launcher": LAUNCHER, "stubborn": STUBBORN}


def end_of_input(process):
    process.stdin.close()


def sigterm(process):
    process.terminate()


def sigkill(process):
    process.kill()


def sigkill_to_the_group(process):
    """The Python SDK ends servers so."""
    os.killpg(process.pid, signal.SIGKILL)


def end_of_input_then_sigterm_then_sigkill(process):
    """What the Python SDK does, without its two pauses."""
    process.stdin.close()
    os.killpg(process.pid, signal.SIGTERM)
    os.killpg(process.pid, signal.SIGKILL)


DEATHS = [end_of_input, sigterm, sigkill, sigkill_to_the_group, end_of_input_then_sigterm_then_sigkill]


@pytest.fixture
def bystander():
    """A process of the host, in its own group beside ours: it must be there afterwards."""
    process = subprocess.Popen(["sleep", "3600"])
    yield process
    assert process.poll() is None, "a process of the host was ended"
    process.kill()
    process.wait()


def cycle(mcptape, server, death) -> list[str]:
    """One life and death; what was left a second later."""
    token = f"cycle-{uuid.uuid4().hex}"
    environment = {**mcptape.environment, "MCPTAPE_CYCLE": token}
    process = mcptape.start(
        mcptape.record(*server), env=environment, start_new_session=True, stderr=subprocess.DEVNULL
    )
    assert process.stdout.readline() == b"ready\n"
    death(process)
    process.wait(DEADLINE)
    end = time.monotonic() + OUTLIVING_LIMIT
    while left := processes_with(token):
        if time.monotonic() > end:
            return [f"{pid} {command}" for pid, command in left]
        time.sleep(0.01)
    return []


@pytest.mark.parametrize("death", DEATHS, ids=lambda death: death.__name__)
@pytest.mark.parametrize("kind", SERVERS)
def test_no_process_is_left(mcptape, bystander, kind, death):
    if kind == "stubborn" and death is end_of_input:
        pytest.skip("after the end of the input a slow server may take its time; we set it no limit")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = pool.map(lambda _: cycle(mcptape, SERVERS[kind], death), range(CYCLES))
        left = [found for found in results if found]
    assert not left, f"{len(left)} of {CYCLES} left processes: {left[:3]}"


def test_a_host_that_dies_leaves_nothing(mcptape, tmp_path):
    """The host is killed; its pipes end; we and the server end."""
    host = ["sh", "-c", 'exec 3<&0; "$@" <&3 & exec 3<&-; wait', "sh", *mcptape.record(*OBEDIENT)]
    down_read, down_write = os.pipe()
    process = mcptape.start(host, stdin=down_read, start_new_session=True)
    os.close(down_read)
    assert process.stdout.readline() == b"ready\n"
    process.kill()
    process.wait(DEADLINE)
    os.close(down_write)
    end = time.monotonic() + 10
    while processes_with(mcptape.token) and time.monotonic() < end:
        time.sleep(0.02)
    assert not processes_with(mcptape.token)


def test_a_server_that_left_for_a_session_of_its_own_is_not_ours_to_end(mcptape, tmp_path):
    """A daemon that calls setsid meant to stay. We end the group that we made, and nothing else."""
    note = tmp_path / "daemon"
    script = (
        "import os, sys, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        f"    open({str(note)!r}, 'w').write(str(os.getpid()))\n"
        "    [os.close(d) for d in (0, 1, 2)]\n"
        "    time.sleep(60)\n"
        "    os._exit(0)\n"
        "print('ready', flush=True)\n"
        "sys.stdin.read()\n"
    )
    process = mcptape.start(mcptape.record(*PYTHON, "-c", script))
    assert process.stdout.readline() == b"ready\n"

    wait_until(lambda: note.exists() and note.read_text())
    daemon = int(note.read_text())
    process.stdin.close()
    process.wait(DEADLINE)
    alive = os.path.exists(f"/proc/{daemon}")
    os.kill(daemon, signal.SIGKILL)
    wait_until(lambda: not os.path.exists(f"/proc/{daemon}"), limit=10)
    assert alive


def test_many_at_once_end_by_themselves(mcptape):
    processes = [mcptape.start(mcptape.record(*peer("peer", "--echo"))) for _ in range(20)]
    for process in processes:
        process.stdin.write(b"x\n")
        process.stdin.flush()
    threads = []
    for process in processes:
        assert process.stdout.readline() == b"x\n"
        threads.append(threading.Thread(target=process.stdin.close))
        threads[-1].start()
    for thread in threads:
        thread.join()
    assert [process.wait(DEADLINE) for process in processes] == [0] * 20
    sessions = mcptape.run("sessions", "--json").output.splitlines()
    assert len(sessions) == 20

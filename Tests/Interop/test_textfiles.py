"""`--metrics-textfile` beside others: one path with several writers, one directory with several files."""

import shutil
import subprocess
import urllib.request

import pytest

from collector import free_port
from program import DEADLINE, Conversation, wait_until
from serving import samples, serving, total
from test_process_metrics import ping_through, textfile

PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n'
LIST = b'{"jsonrpc":"2.0","id":2,"method":"tools/list"}\n'


@pytest.fixture
def place(tmp_path):
    directory = tmp_path / "collected"
    directory.mkdir()
    return directory


def replayed(mcptape, recording, *options, sending=LIST):
    argv = [mcptape.binary, "replay", recording, *options]
    return mcptape.converse([str(word) for word in argv], sending)


def recorded(mcptape, name: str):
    path = mcptape.directory / f"{name}.mcptape.jsonl"
    assert ping_through(mcptape, name, 1, "--no-store", "-o", path).status == 0
    # A ping is answered without the recording.
    text = path.read_text().replace('"ping"', '"tools/list"').replace('"result":{}', '"result":{"tools":[]}')
    path.write_text(text)
    return path


def collected(directory) -> dict:
    """What a collector makes of the directory: every series once, or its scrape has an error."""
    return samples("".join(path.read_text() for path in sorted(directory.glob("*.prom"))))


def serve_once(mcptape, *options) -> str:
    """What `serve` says on standard error."""
    with serving(mcptape, *options) as server:
        server.process.terminate()
        _, errors = server.process.communicate(timeout=DEADLINE)
        assert server.process.returncode == 0
    return errors.decode()


# One directory

def test_two_files_of_one_store_are_told_and_what_to_do(mcptape, place):
    assert ping_through(mcptape, "one", 1, "--metrics-textfile", place / "a.prom").status == 0
    told = serve_once(mcptape, "--metrics-textfile", place / "b.prom")
    assert told.count(str(place / "a.prom")) == 1, told
    assert "the same store's, so give both the same path" in told and str(place / "b.prom") in told
    # So it is done.
    (place / "b.prom").unlink()
    told = serve_once(mcptape, "--metrics-textfile", place / "a.prom")
    assert "a.prom" not in told
    assert total(collected(place), "mcptape_sessions_total") == 1


def test_two_stores_need_a_label_and_are_told_so(mcptape, place, tmp_path):
    assert ping_through(mcptape, "one", 1, "--metrics-textfile", place / "a.prom").status == 0
    mcptape.store = tmp_path / "other"
    told = serve_once(mcptape, "--metrics-textfile", place / "b.prom")
    assert told.count("a.prom") == 1 and "--textfile-label NAME=VALUE" in told
    assert "mcptape_build_info{" in told, "a series that both have is shown"
    options = ["--metrics-textfile", place / "b.prom", "--textfile-label", "team=search"]
    # A process that goes on without the label would replace it in turn.
    assert "with another --textfile-label" in serve_once(mcptape, *options)
    (place / "b.prom").unlink()
    assert ".prom" not in serve_once(mcptape, *options)
    found = collected(place)
    assert total(found, "mcptape_store_sessions", team="search") == 0
    assert total(found, "mcptape_store_sessions") == 1
    for (name, labels), _ in samples((place / "b.prom").read_text()).items():
        assert dict(labels)["team"] == "search", name


def test_two_replays_of_one_server_need_a_label_and_are_told_so(mcptape, place):
    recording = recorded(mcptape, "one")
    assert replayed(mcptape, recording, "--metrics-textfile", place / "a.prom").complaint == ""
    outcome = replayed(mcptape, recording, "--metrics-textfile", place / "b.prom")
    assert outcome.status == 0 and outcome.complaint.count("a.prom") == 1
    assert "mcptape_replay_requests_total{" in outcome.complaint and "--textfile-label" in outcome.complaint
    options = ["--metrics-textfile", place / "b.prom", "--textfile-label", "suite=search"]
    assert replayed(mcptape, recording, *options).complaint == ""
    assert total(collected(place), "mcptape_replay_requests_total", result="exact") == 2
    assert total(collected(place), "mcptape_replay_requests_total", suite="search", result="exact") == 1


def test_a_replay_beside_a_store_and_a_file_of_somebody_else_collide_with_nothing(mcptape, place):
    (place / "else.prom").write_text('backup_age_seconds{name="a b"} 3\n')
    (place / "notes.txt").write_text("mcptape_build_info 1\n")
    assert "a.prom" not in serve_once(mcptape, "--metrics-textfile", place / "a.prom")
    outcome = replayed(mcptape, recorded(mcptape, "one"), "--metrics-textfile", place / "b.prom")
    assert (outcome.status, outcome.complaint) == (0, "")
    collected(place)


# One path

def test_two_processes_that_count_for_themselves_do_not_fight_over_a_file(mcptape, place):
    file = place / "replay.prom"
    recording = recorded(mcptape, "one")
    argv = [mcptape.binary, "replay", recording, "--metrics-textfile", file]
    first = Conversation(mcptape.start(argv))
    wait_until(file.exists)
    outcome = replayed(mcptape, recording, "--metrics-textfile", file, sending=LIST * 3)
    assert outcome.output.count(b"\n") == 3
    assert "is written by another process" in outcome.complaint and str(file) in outcome.complaint
    assert total(textfile(file), "mcptape_replay_requests_total") == 0, "the first one's"
    first.send(LIST)
    first.half_close()
    assert first.finish().errors == b""
    assert total(textfile(file), "mcptape_replay_requests_total") == 1
    # It has ended: its file is the next one's.
    assert replayed(mcptape, recording, "--metrics-textfile", file, sending=LIST * 3).complaint == ""
    assert total(textfile(file), "mcptape_replay_requests_total") == 3


def test_the_file_of_a_killed_process_is_the_next_ones(mcptape, place):
    file = place / "one.prom"
    options = ["--no-store", "-o", mcptape.directory / "x.mcptape.jsonl", "--metrics-textfile", file]
    argv = mcptape.record(mcptape.binary, "demo-server", options=options)
    talk = Conversation(mcptape.start(argv))
    talk.send(PING)
    wait_until(file.exists)
    talk.process.kill()
    talk.process.wait(DEADLINE)
    assert ping_through(mcptape, "next", 4, "--metrics-textfile", file).status == 0
    assert total(textfile(file), "mcptape_messages_total", server="next", kind="request") == 4


def test_two_stores_do_not_fight_over_a_file(mcptape, place, tmp_path):
    file = place / "mcptape.prom"
    assert ping_through(mcptape, "one", 3, "--metrics-textfile", file).status == 0
    before = file.read_text()
    mcptape.store = tmp_path / "other"
    told = serve_once(mcptape, "--metrics-textfile", file)
    assert told.count("holds the metrics of another store") == 1 and "remove this one" in told
    outcome = replayed(mcptape, recorded(mcptape, "one"), "--metrics-textfile", file)
    assert "holds the metrics of another store" in outcome.complaint
    assert file.read_text() == before
    # As it is told: the other store is gone.
    file.unlink()
    assert "another store" not in serve_once(mcptape, "--metrics-textfile", file)
    assert total(textfile(file), "mcptape_sessions_total") == 0


def test_a_file_of_an_older_version_is_taken_over(mcptape, place):
    file = place / "mcptape.prom"
    file.write_text('# HELP mcptape_build_info x\nmcptape_build_info{version="0.1"} 1\n')
    assert ping_through(mcptape, "one", 2, "--metrics-textfile", file).status == 0
    assert total(textfile(file), "mcptape_messages_total", kind="request") == 2


# The label

@pytest.mark.parametrize("words, said", [
    (["--textfile-label", "team=a"], "--metrics-textfile PATH"),
    (["--metrics-textfile", "x.prom", "--textfile-label", "team"], "NAME=VALUE"),
    (["--metrics-textfile", "x.prom", "--textfile-label", "server=a"], "have a label server already"),
    (["--metrics-textfile", "x.prom", "--textfile-label", "a=1", "--textfile-label", "a=2"], "given twice"),
])  # fmt: skip
def test_a_label_that_cannot_be_is_told(mcptape, words, said):
    outcome = mcptape.run("serve", *words, status=64)
    assert said in outcome.complaint


# The real collector, where it is installed

@pytest.mark.skipif(not shutil.which("prometheus-node-exporter"), reason="prometheus-node-exporter is needed")
def test_node_exporter_takes_files_with_labels_of_their_own(mcptape, place, tmp_path):
    recording = recorded(mcptape, "one")
    assert ping_through(mcptape, "one", 2, "--metrics-textfile", place / "store.prom").status == 0
    for suite in ("a", "b"):
        options = ["--metrics-textfile", place / f"{suite}.prom", "--textfile-label", f"suite={suite}"]
        assert replayed(mcptape, recording, *options).status == 0
    port = free_port()
    argv = ["prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile"]
    argv += [f"--collector.textfile.directory={place}", f"--web.listen-address=127.0.0.1:{port}"]
    process = mcptape.start(argv, stdin=subprocess.DEVNULL)
    page = []

    def is_scraped():
        try:
            page[:] = [urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=DEADLINE).read()]
        except OSError:
            assert process.poll() is None
        return page

    wait_until(is_scraped)
    process.terminate()
    _, errors = process.communicate(timeout=DEADLINE)
    found = samples(page[0].decode())
    assert total(found, "node_textfile_scrape_error") == 0 and b"collected before" not in errors
    assert total(found, "mcptape_replay_requests_total", result="exact", suite="b") == 1
    assert total(found, "mcptape_messages_total", server="one", kind="request") == 2

"""docs/api.md names every member that the API's objects have, and none that they cannot have."""

import json
import os
import re
from pathlib import Path

import pytest

from program import Conversation, Mcptape
from serving import serving

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/api.md").read_text()
FIELDS = "\n".join((ROOT / f"Sources/Recording/Views/{name}.swift").read_text()
                   for name in ("SessionFields", "EntryFields"))


def documented(title: str) -> set[str]:
    """The first column's words of the table below a heading."""
    table = PAGE.split(f"### {title}\n")[1].split("\n#")[0]
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| `")]
    return {word for row in rows for word in re.findall(r"`(\w+)`", row[1])}


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Every session, exchange and entry of the recordings, and of one server that was not there."""
    program = Mcptape(Path(os.environ["MCPTAPE_BINARY"]), tmp_path_factory.mktemp("api"))
    found = {"details": [], "exchanges": [], "entries": []}
    for path in sorted(ROOT.glob("recordings/*.mcptape.jsonl")):
        program.run("import", path)
    program.converse(program.record("/nowhere", options=["--name", "absent", "--tag", "a=b", "--run", "r"]))
    noisy = "echo not JSON; printf '\\xff\\n'; echo trouble >&2; exit 3"
    Conversation(program.start(program.record("sh", "-c", noisy, options=["--name", "noisy"]))).finish()
    with serving(program) as server:

        def ask(path: str) -> dict:
            status, _, body = server.get(f"/api/{path}", {"Authorization": f"Bearer {server.token}"})
            assert status == 200, body
            return json.loads(body)

        found["sessions"] = ask("sessions?limit=1000")["sessions"]
        for session in found["sessions"]:
            place = f"sessions/{session['session']}"
            found["details"].append(ask(place))
            found["exchanges"] += ask(f"{place}/exchanges?limit=1000")["exchanges"]
            found["entries"] += ask(f"{place}/entries?limit=1000")["entries"]
    program.close()
    return found


@pytest.mark.parametrize("title, lists, added", [
    ("A session", ["sessions", "details"], {"last_seq", "head"}),
    ("An exchange", ["exchanges"], set()),
    ("An entry: a message, a line, a gap", ["entries"], set()),
])  # fmt: skip
def test_members_are_those_of_the_page(answers, title, lists, added):
    objects = [item for name in lists for item in answers[name]]
    assert len(objects) > 10
    found = set().union(*objects) - added
    wanted = documented(title)
    assert found <= wanted, f"not in docs/api.md: {sorted(found - wanted)}"
    for name in wanted - found:
        # Rare, such as a gap's: the program can write it.
        assert f'"{name}"' in FIELDS, f"docs/api.md has {name}, the API never"


def test_what_is_said_of_words_holds(answers):
    assert {item["kind"] for item in answers["entries"]} <= set(
        re.findall(r"`(\w+)`", next(line for line in PAGE.splitlines() if line.startswith("| `kind`"))))
    reasons = {item["end"]["reason"] for item in answers["sessions"] if "end" in item}
    stated = next(line for line in PAGE.splitlines() if line.startswith("| `end`"))
    assert reasons <= set(re.findall(r"`(\w+)`", stated)) and "not_started" in reasons
    assert {item["status"] for item in answers["exchanges"]} <= set(
        re.findall(r"`(\w+)`", next(line for line in PAGE.splitlines() if line.startswith("| `status`"))))
    for detail in answers["details"]:
        for side in detail["head"].values():
            assert side.keys() <= {
                "name", "title", "version", "protocol_version", "capabilities", "instructions"}
    assert [d["name"] for d in answers["details"] if "diagnosis" in d].count("absent") == 1
    assert all("diagnosis" not in session for session in answers["sessions"])

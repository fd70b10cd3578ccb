"""Lists of the API page by page, while what ends a page is deleted."""

from serving import serving
from test_serve_deletion import Page

HEAD = ('{{"mcptape":1,"sessions":[{{"id":"{0}","name":"s","run":"run {0}","transport":"stdio",'
        '"started":"2026-11-01T10:00:{1:02}.000000Z"}}]}}\n')


def recorded(mcptape, tmp_path, count):
    """So many sessions, each a run, the newest first."""
    ids = []
    for number in range(count):
        file = tmp_path / f"{number}.mcptape.jsonl"
        ids.insert(0, f"session{number:05}")
        file.write_text(HEAD.format(ids[0], number) + (
            '{"seq":1,"t":1,"dir":"c2s","msg":{"jsonrpc":"2.0","id":1,"method":"ping"}}\n'))
        mcptape.run("import", file)
    return ids


def test_a_list_goes_on_when_the_session_that_ended_the_page_is_deleted(mcptape, tmp_path):
    ids = recorded(mcptape, tmp_path, 7)
    with serving(mcptape) as server:
        page = Page(server)
        of_sessions = page.ask("sessions?limit=2")
        of_runs = page.ask("runs?limit=2")
        assert [session["session"] for session in of_sessions["sessions"]] == ids[:2]
        assert [run["run"] for run in of_runs["runs"]] == [f"run {id}" for id in ids[:2]]
        # What ended the page, and what would have come next.
        for id in ids[1:3]:
            page.delete(f"sessions/{id}")
        for _ in range(2):
            answer = page.ask(f"sessions?limit=2&before={of_sessions['next']}")
            assert answer["sessions"][0]["session"] == ids[3]
        runs = page.ask(f"runs?limit=2&before={of_runs['next'].replace(' ', '+')}")["runs"]
        assert [run["run"] for run in runs] == [f"run {id}" for id in ids[3:5]]
        # To the end, each once.
        found, rest = [], of_sessions["next"]
        while rest:
            answer = page.ask(f"sessions?limit=2&before={rest}")
            found += [session["session"] for session in answer["sessions"]]
            rest = answer["next"]
        assert found == ids[3:]
        # An id alone does as before: it is a place as long as its session is there.
        assert page.ask(f"sessions?before={ids[3]}")["sessions"][0]["session"] == ids[4]
        assert "there is no session" in page.ask(f"sessions?before={ids[1]}", status=404)["error"]

"""The five tasks of docs/viewer.md, each in the keys or clicks that are written there."""

from test_viewer_changes import earlier, other_tools
from viewer_browser import ROOT, browser, recorded, viewer  # noqa: F401


class Hands:
    """Presses and clicks, counted."""

    def __init__(self, viewer):  # noqa: F811
        self.viewer, self.used = viewer, 0

    def press(self, *keys):
        self.used += len(keys)
        self.viewer.press(*keys)

    def click(self, selector):
        self.used += 1
        self.viewer.browser.click(selector)


def promised(task):
    """The number in the table of docs/viewer.md."""
    line = next(line for line in (ROOT / "docs/viewer.md").read_text().splitlines()
                if line.startswith(f"| {task}"))
    return int(line.split("|")[2].split()[0])


def test_the_slowest_call(viewer, recorded):  # noqa: F811
    hands = Hands(viewer)
    viewer.demo()
    viewer.wait_rows(23)
    for _ in range(2):
        hands.click(".grid-head [aria-colindex='5'] button")
        viewer.wait_state("duration")
    slowest = max(recorded["demo"].exchanges, key=lambda one: one.get("duration_us", 0))["exchange"]
    viewer.browser.wait(
        f"document.querySelector('.row[data-index=\"0\"]').innerText.trim().startsWith('{slowest}')")
    assert hands.used == promised("find the slowest call")


def test_why_it_failed(viewer):  # noqa: F811
    hands = Hands(viewer)
    viewer.demo()
    viewer.wait_rows(23)
    hands.press("n", "Enter")
    viewer.wait_text("cannot divide 1 by zero", ".details")
    viewer.wait_text("arguments", ".details")
    assert hands.used == promised("why did #14 fail?")


def test_what_the_model_received(viewer):  # noqa: F811
    hands = Hands(viewer)
    viewer.demo()
    viewer.wait_rows(23)
    hands.press("Enter")
    viewer.wait_text("result, as the model received it", ".details")
    assert hands.used == promised("what did the model receive?")


def test_what_changed_in_the_tools(viewer, binary, tmp_path):  # noqa: F811
    hands = Hands(viewer)
    before = earlier(binary, tmp_path / "earlier.mcptape.jsonl", other_tools)
    viewer.double.sessions[before.id] = before
    now = next(identity for identity, one in viewer.double.sessions.items()
               if one.summary["name"] == "demo" and identity != before.id)
    viewer.open(f"s={now}")
    viewer.wait_rows(23)
    hands.press("]", "]")
    viewer.wait_text("▲ changed", ".row")
    assert hands.used == promised("what changed in the tools?")


def test_who_waited_for_whom(viewer):  # noqa: F811
    name = viewer.double.sessions_by_name()["features-1"]
    asked = next(one for one in viewer.double.sessions[name].exchanges if one.get("parent"))
    hands = Hands(viewer)
    viewer.open(f"s={name}")
    viewer.wait_text(asked["method"], ".row")
    viewer.press(*["j"] * (1 + next(index for index, row in enumerate(viewer.rows())
                                     if row.split()[0] == str(asked["parent"]))))
    viewer.wait_selected(str(asked["parent"]))
    hands.press("Enter", "7")
    viewer.wait_text("asked back", ".details")
    assert hands.used == promised("who waited for whom?")

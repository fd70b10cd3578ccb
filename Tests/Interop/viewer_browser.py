"""What the tests of the viewer's page start from: one browser, and the page over recordings."""

import importlib.util
import os
from pathlib import Path

import pytest

from browser import CHROMEDRIVER, CHROMIUM, Browser
from viewer_double import Double, FileSession

ROOT = Path(__file__).parents[2]
SIZES = {"wide": (1280, 720), "narrow": (390, 844)}


# A fixture that test files import is one of each file, whatever its scope: these hold what is one of all.
shared = {}


@pytest.fixture(scope="session")
def browser():
    """One of all tests of this process."""
    if not CHROMIUM or not CHROMEDRIVER:
        reason = "chromium and chromedriver are not installed (Debian: chromium chromium-driver)"
        # Where everything must be proved, what is lacking is a failure.
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    if "browser" not in shared:
        shared["browser"] = Browser()
    yield shared["browser"]
    # The first that ends does so with the last test.
    if browser := shared.pop("browser", None):
        browser.close()


@pytest.fixture(scope="session")
def axe():
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None:
        pytest.skip("axe_playwright_python is not installed; Scripts/interop.sh installs it")
    return (Path(found.origin).parent / "axe.min.js").read_text()


@pytest.fixture(scope="session")
def recorded(binary):
    """Sessions by the name of their recording file."""
    names = ["demo", "http-1", "features-1", "features-2-modern"]
    if "recorded" not in shared:
        shared["recorded"] = {
            name: FileSession(binary, ROOT / f"recordings/{name}.mcptape.jsonl") for name in names}
    return dict(shared["recorded"])


class Viewer:
    """The page in the browser, over some sessions."""

    def __init__(self, browser, sessions):
        self.browser, self.double = browser, Double(sessions)
        self.browser.look()

    def open(self, state="", ready=".row:not([hidden])"):
        self.browser.open(self.double.url(state))
        self.browser.wait("document.querySelector(arguments[0])", ready)

    def demo(self, state="", **facts):
        """The session of the demo."""
        self.open(f"s={self.double.sessions_by_name()['demo']}" + (f"&{state}" if state else ""), **facts)

    def state(self):
        return self.browser.js("return location.hash")

    def wait_state(self, part):
        self.browser.wait("location.hash.includes(arguments[0])", part)

    def texts(self, selector):
        return self.browser.js(
            "return [...document.querySelectorAll(arguments[0])].filter(e => e.checkVisibility())"
            ".map(e => e.innerText)", selector)

    def text(self, selector="body"):
        return "\n".join(self.texts(selector))

    def rows(self):
        """The texts of the rows in sight, in order."""
        return self.browser.js(
            "return [...document.querySelectorAll('.row')].filter(r => !r.hidden)"
            ".sort((a, b) => a.dataset.index - b.dataset.index).map(r => r.innerText.replace(/\\s+/g, ' '))")

    def wait_rows(self, count):
        self.browser.wait("[...document.querySelectorAll('.row:not(.waiting)')].filter(r => !r.hidden).length"
                          " === arguments[0]", count)

    def selected(self):
        return self.browser.js(
            "return document.querySelector('.row[aria-selected=true]:not([hidden])')?.innerText")

    def wait_selected(self, beginning):
        self.browser.wait(
            "document.querySelector('.row[aria-selected=true]:not([hidden])')?.innerText.trim()"
            ".startsWith(arguments[0])", beginning)

    def wait_text(self, text, selector="body"):
        self.browser.wait(
            "[...document.querySelectorAll(arguments[0])].some(e => e.innerText.includes(arguments[1]))",
            selector, text)

    def press(self, *keys):
        self.browser.press(*keys)

    def failed_modules(self, name):
        """Runs the tests of the page's modules that a file in page/ has; what failed, and why."""
        return self.browser.asynchronous("""
            import("/Tests/Interop/page/" + arguments[0]).then(async ({ tests }) => {
              const failed = [];
              for (const [name, run] of tests) {
                try { await run(); } catch (error) { failed.push(`${name}: ${error.message}`); }
              }
              done(tests.length > 0 ? failed : ["no tests"]);
            }, error => done([String(error)]))""", name)

    def close(self):
        # A page that is left would go on to ask.
        self.browser.call("POST", "/url", {"url": "about:blank"})
        self.double.close()

    def check(self):
        """After any use of the page: nothing in the console, and nobody else was asked."""
        assert self.double.faults == []
        assert self.browser.console() == []
        strangers = [url for url in self.browser.asked()
                     if not url.startswith((self.double.origin + "/", "data:", "about:"))]
        assert strangers == []


@pytest.fixture
def viewer(browser, recorded):
    """The page over the recordings; what it logged is looked at in the end."""
    viewer = Viewer(browser, list(recorded.values()))
    browser.console()
    browser.asked()
    yield viewer
    try:
        viewer.check()
    finally:
        viewer.close()


def violations(browser, axe, only=None):
    """What axe finds, one line each; `only` names rules."""
    browser.js(axe + "; window.axe = axe;")
    return browser.asynchronous(
        "axe.run(document, arguments[0] ? {runOnly: arguments[0]} : {}).then(r => done(r.violations.map(v =>"
        " v.id + ': ' + v.nodes.map(n => n.html.slice(0, 160)).slice(0, 3).join(' | '))))", only)

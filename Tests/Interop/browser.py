"""A small W3C WebDriver client for Debian's Chromium: what the tests of the viewer's page need."""

import base64
import json
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

CHROMIUM = shutil.which("chromium")
CHROMEDRIVER = shutil.which("chromedriver")
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {
    "Enter": "\ue007", "Escape": "\ue00c", "Tab": "\ue004", "ArrowDown": "\ue015", "ArrowUp": "\ue013",
    "ArrowLeft": "\ue012", "ArrowRight": "\ue014", "Home": "\ue011", "End": "\ue010", "PageDown": "\ue00f",
    "Delete": "\ue017",
}


def driver(attempts=10):
    """A running driver and its address.

    It takes any free port of one family of addresses and then wants the same of the other: another process
    may have that one, and the driver ends.
    """
    told = []
    for _ in range(attempts):
        process = subprocess.Popen(
            [CHROMEDRIVER, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in process.stdout:
            told.append(line)
            if "successfully on port" in line:
                return process, f"http://127.0.0.1:{line.rstrip().rstrip('.').split()[-1]}"
        process.wait()
        process.stdout.close()
    raise RuntimeError("chromedriver does not start:\n" + "".join(told))


class Browser:
    """One browser with one tab. Names other than loopback's do not resolve in it."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="mcptape-chromium-")
        self.process, self.base = driver()
        arguments = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
            "--force-color-profile=srgb", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", f"--user-data-dir={self.profile}",
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
        ]
        wanted = {"browserName": "chrome", "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
                  "goog:chromeOptions": {"binary": CHROMIUM, "args": arguments}}
        try:
            started = self.request("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        except Exception:
            self.end()
            raise
        self.session = started["sessionId"]

    def request(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.base + path, data=data, method=method, headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"].get("message", "webdriver error")) from None

    def call(self, method, path, body=None):
        return self.request(method, f"/session/{self.session}{path}", body)

    def cdp(self, command, **parameters):
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def look(self, size=(1280, 720), dark=False):
        """The size of the page and the colours that the system wants."""
        width, height = size
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                 mobile=False)
        self.cdp("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def open(self, url):
        """A page of its own: the same address with another fragment would only change the fragment."""
        self.call("POST", "/url", {"url": "about:blank"})
        self.call("POST", "/url", {"url": url})

    def js(self, code, *arguments):
        return self.call("POST", "/execute/sync", {"script": code, "args": list(arguments)})

    def asynchronous(self, code, *arguments):
        """`code` calls `done(value)`."""
        script = "const done = arguments[arguments.length - 1]; " + code
        return self.call("POST", "/execute/async", {"script": script, "args": list(arguments)})

    def wait(self, code, *arguments, limit=20):
        """Until an expression is true; gives its value."""
        end = time.monotonic() + limit
        while True:
            value = self.js(f"return {code}", *arguments)
            if value:
                return value
            if time.monotonic() > end:
                raise TimeoutError(f"never came true: {code}\nat {self.js('return location.href')}")
            self.rest()

    @staticmethod
    def rest():
        time.sleep(0.02)

    def press(self, *keys):
        """Names of keys, or characters."""
        actions = []
        for key in keys:
            value = KEYS.get(key, key)
            actions += [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def type(self, text):
        self.press(*text)

    def click(self, selector):
        """Waits for the element; the page may be drawing it, or drawing it anew."""
        self.wait("document.querySelector(arguments[0])", selector)
        try:
            element = self.call("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]
            self.call("POST", f"/element/{element}/click", {})
        except RuntimeError as error:
            if not str(error).startswith(("no such element", "stale element")):
                raise
            self.click(selector)

    def drag(self, selector, start, end):
        """From one point of an element to another, as shares of its width, with the mouse."""
        box = self.js("const b = document.querySelector(arguments[0]).getBoundingClientRect();"
                      " return [b.left, b.top, b.width, b.height]", selector)
        point = [(int(box[0] + share * box[2]), int(box[1] + box[3] / 2)) for share in (start, end)]
        move = [{"type": "pointerMove", "duration": 0, "x": x, "y": y} for x, y in point]
        actions = [move[0], {"type": "pointerDown", "button": 0}, move[1], {"type": "pointerUp", "button": 0}]
        self.call("POST", "/actions", {"actions": [
            {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions}]})

    def wheel(self, x, y, by):
        notch = {"type": "scroll", "duration": 0, "x": x, "y": y, "deltaX": 0, "deltaY": by,
                 "origin": "viewport"}
        self.call("POST", "/actions", {"actions": [{"type": "wheel", "id": "wheel", "actions": [notch]}]})

    def console(self):
        """What the page logged since the last look."""
        lines = self.call("POST", "/se/log", {"type": "browser"})
        return [f"{line['level']}: {line['message']}" for line in lines]

    def asked(self):
        """URLs that were requested since the last look."""
        urls = []
        for line in self.call("POST", "/se/log", {"type": "performance"}):
            message = json.loads(line["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                urls.append(message["params"]["request"]["url"])
        return urls

    def screenshot(self, path):
        Path(path).write_bytes(base64.b64decode(self.call("GET", "/screenshot")))

    def close(self):
        try:
            self.call("DELETE", "")
        finally:
            self.end()

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

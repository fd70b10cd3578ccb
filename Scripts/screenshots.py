"""Screenshots of the viewer's pages, in both themes, from recordings/: `make screenshots`."""

import argparse
import base64
import os
import struct
import sys
import tempfile
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests/Interop"))

from browser import CHROMEDRIVER, CHROMIUM, Browser  # noqa: E402
from viewer_double import Double, FileSession, runs_of_file  # noqa: E402

WIDE, PHONE = (1280, 720), (390, 844)
RECORDINGS = ["demo", "features-2-modern", "features-1", "http-1", "http-2-modern", "git", "time"]
# What a visitor of the repository sees; the others are for looking at.
KEPT = {"session", "run", "sessions", "tools", "stats"}
LARGEST = 150_000


def pages(sessions, run):
    """By name: size, state, what must be there, keys to press."""
    demo, modern = f"s={sessions['demo']}", f"s={sessions['features-2-modern']}"
    http = f"s={sessions['http-1']}"
    wide = {
        "sessions": ("", ".row.is-run", []),
        "run": (f"r={run.id}", ".band-names li:nth-child(4)", []),
        "run-details": (f"r={run.id}&s={run.sessions[0].id}&i=6", ".details .tree-row", []),
        "session": (f"{demo}&i=10", ".details .tree-row", []),
        "head": (f"{modern}", ".row", ["h"]),
        "lanes": (f"{modern}", ".row", ["l"]),
        "messages": (f"{http}&v=messages&m=12", ".details pre", []),
        "tools": (f"{demo}&v=tools", ".row", ["j"]),
        "stats": (f"{modern}&v=stats", ".row", []),
        "problems": (f"{demo}&v=problems", ".row", []),
        "timing": (f"{http}&i=14&d=timing", ".near-row", []),
        "hex": (f"{demo}&i=8&d=hex", ".details pre", []),
        "help": (demo, ".row", ["?"]),
        "nothing-found": (f"{demo}&q=tool:nobody", ".grid-note:not([hidden])", []),
    }
    narrow = {name: wide[name] for name in ("sessions", "run", "session", "tools", "stats", "lanes")}
    narrow["exchanges"] = (demo, ".row", [])
    return [(name, WIDE, *facts) for name, facts in wide.items()] + [
        (f"phone-{name}", PHONE, *facts) for name, facts in narrow.items()]


# At most 256 colours, each next one where most pixels are farthest from their nearest so far: `[width,
# height, palette, pixels]`, the last in base 64. A page has few; only the edges of letters have more.
INDEXED = """
  const picture = new Image();
  picture.onload = () => {
    const { width, height } = picture;
    const context = new OffscreenCanvas(width, height).getContext("2d");
    context.drawImage(picture, 0, 0);
    const pixels = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
    const counts = new Map();
    for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
    const colours = [...counts].map(([c, count]) => ({ c, count, away: Infinity, place: 0,
      parts: [c & 255, (c >> 8) & 255, (c >> 16) & 255] }));
    const palette = [];
    let next = colours.reduce((a, b) => (b.count > a.count ? b : a));
    while (palette.length < 256 && next.away > 0) {
      const { parts: [r, g, b] } = next;
      for (const one of colours) {
        const [x, y, z] = one.parts;
        const away = (r - x) ** 2 + (g - y) ** 2 + (b - z) ** 2;
        if (away < one.away) [one.away, one.place] = [away, palette.length];
      }
      palette.push(next.parts);
      next = colours.reduce((a, b) => (b.away * b.count > a.away * a.count ? b : a));
    }
    const places = new Map(colours.map(({ c, place }) => [c, place]));
    const bytes = Uint8Array.from(pixels, (pixel) => places.get(pixel));
    done([width, height, palette.flat(), bytes.toBase64()]);
  };
  picture.src = "data:image/png;base64," + arguments[0];
"""


def packed(browser, png):
    """The same picture with a palette: a third of the size."""
    browser.call("POST", "/url", {"url": "about:blank"})
    width, height, palette, text = browser.asynchronous(INDEXED, base64.b64encode(png).decode())
    pixels = base64.b64decode(text)
    lines = b"".join(b"\0" + pixels[at : at + width] for at in range(0, width * height, width))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)), (b"PLTE", bytes(palette)),
              (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b"")]
    return png[:8] + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks)


def take(browser, double, run, folder, wanted):
    for name, size, state, ready, keys in pages(double.sessions_by_name(), run):
        if wanted is not None and name not in wanted:
            continue
        for theme in ("light", "dark"):
            browser.look(size, dark=theme == "dark")
            browser.open(double.url(state))
            browser.wait("document.querySelector(arguments[0])", ready)
            browser.press(*keys)
            # What is drawn is drawn before the second frame, once nothing more is asked for.
            browser.asynchronous("setTimeout(() => requestAnimationFrame(() => done(true)), 400)")
            path = folder / f"{name}-{theme}.png"
            browser.screenshot(path)
            browser.js("localStorage.clear()")
            path.write_bytes(packed(browser, path.read_bytes()))
            if path.stat().st_size > LARGEST:
                sys.exit(f"{path}: {path.stat().st_size} bytes, more than {LARGEST}")
    logged = browser.console()
    if logged:
        sys.exit("the page logged: " + "\n".join(logged))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", type=Path, metavar="DIR", help="every page, into DIR")
    arguments = parser.parse_args()
    if not CHROMIUM or not CHROMEDRIVER:
        sys.exit("chromium and chromedriver are not installed (Debian: chromium chromium-driver)")
    binary = Path(os.environ.get("MCPTAPE_BINARY", ROOT / ".build/debug/mcptape"))
    if not binary.exists():
        sys.exit(f"{binary} is not there: `make build`, or name it with MCPTAPE_BINARY")
    folder = arguments.all or ROOT / "docs/images"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mcptape-screenshots-") as scratch:
        run = runs_of_file(binary, ROOT / "recordings/runs/agent.mcptape.jsonl", Path(scratch) / "store")[0]
        sessions = [FileSession(binary, ROOT / f"recordings/{name}.mcptape.jsonl") for name in RECORDINGS]
        sessions = sorted([*run.sessions, *sessions], key=lambda one: one.summary["started"], reverse=True)
        double = Double(sessions, store="~/.local/state/mcptape", runs=[run])
        browser = Browser()
        # Ages are those of one moment, whenever this is run.
        browser.cdp("Page.addScriptToEvaluateOnNewDocument", source=(
            f"Date.now = () => Date.parse('{sessions[0].summary['started']}') + 300_000"))
        try:
            take(browser, double, run, folder, None if arguments.all else KEPT)
        finally:
            browser.close()
            double.close()


if __name__ == "__main__":
    main()

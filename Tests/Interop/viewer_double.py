"""A double of `mcptape serve` for tests of its page: the page's files, the API from recording files."""

import base64
import contextlib
import json
import re
import subprocess
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from program import HEEDFUL
from told_exchanges import exchanges_of

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "Sources/CViewerPage/page"
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class WrongFilter(Exception):
    """What the program says of a filter that it cannot read."""

    def __init__(self, text):
        match = re.search(r"column (\d+): (.*)", text)
        super().__init__(match.group(2) if match else text)
        self.column = int(match.group(1)) if match else 1


class FileSession:
    """One session of a recording file, as the program reads it."""

    def __init__(self, binary, path):
        self.binary, self.path = binary, path
        lines = self.run("show", path, "--json", "--http")
        self.summary = json.loads(lines[0])
        self.entries = [json.loads(line) for line in lines[1:]]
        self.bytes = {entry["seq"]: message_bytes(line) for entry, line in zip(self.entries, lines[1:])}
        self.id = self.summary["session"]
        self.exchanges = exchanges_of(self.entries)
        self.violations = {"violations": [], "is_whole": True}
        self.found = {}

    def run(self, *arguments):
        done = subprocess.run([self.binary, *arguments], capture_output=True, text=True, timeout=60)
        if done.returncode == 64:
            raise WrongFilter(done.stderr.strip())
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def matches(self, words):
        """Sequence numbers and exchanges that the program finds for a filter."""
        if words not in self.found:
            lines = self.run("show", self.path, "--json", "--http", words)[1:]
            found = [json.loads(line) for line in lines]
            self.found[words] = {e["seq"] for e in found}, {e["exchange"] for e in found if "exchange" in e}
        return self.found[words]

    def count(self):
        return self.summary["exchanges"]

    def exchange_page(self, start, limit, words):
        numbers = self.matches(words)[1] if words else None
        rows = [e for e in self.exchanges if e["exchange"] >= start]
        if numbers is not None:
            rows = [e for e in rows if e["exchange"] in numbers]
        return page("exchanges", rows, limit, "exchange")

    def entry_page(self, start, limit, words):
        wanted = self.matches(words)[0] if words else None
        rows = [e for e in self.entries if e["seq"] >= start and (wanted is None or e["seq"] in wanted)]
        return page("entries", rows, limit, "seq")

    def density(self, buckets):
        end = max(1, self.summary["duration_us"] + 1)
        found = {name: [0] * buckets for name in ("exchanges", "errors", "longest_us", "first")}
        for exchange in self.exchanges:
            at = min(buckets - 1, exchange["start_us"] * buckets // end)
            found["exchanges"][at] += 1
            found["errors"][at] += exchange["status"] in ("error", "tool_error")
            found["longest_us"][at] = max(found["longest_us"][at], exchange.get("duration_us", 0))
            found["first"][at] = found["first"][at] or exchange["exchange"]
        return {"from_us": 0, "to_us": end, **found}

    def stats(self, words):
        lines = self.run("stats", self.path, "--json", *([words] if words else []))
        rows = [json.loads(line) for line in lines]
        total = [row for row in rows if row.get("row") == "total"]
        return {"rows": [row for row in rows if row not in total], "total": total[0]}

    def head(self):
        head = {"client": {}, "server": {}}
        for entry in self.entries:
            message = entry.get("msg")
            if not isinstance(message, dict):
                continue
            params = message.get("params")
            params = params if isinstance(params, dict) else {}
            if message.get("method") == "initialize":
                capabilities = json.dumps(params.get("capabilities"))
                head["client"] = {**params.get("clientInfo", {}), "capabilities": capabilities}
            result = message.get("result")
            if isinstance(result, dict) and "capabilities" in result:
                meta = result.get("_meta", {}).get("io.modelcontextprotocol/serverInfo", {})
                server = result.get("serverInfo", meta)
                head["server"] = {**server, "capabilities": result["capabilities"]}
                head["server"]["instructions"] = result.get("instructions")
                break
        return head


class StoredSession(FileSession):
    """One session of a store."""

    def __init__(self, binary, store, identity):
        self.store = store
        super().__init__(binary, identity)

    def run(self, command, *arguments):
        return super().run(command, "--store", self.store, *arguments)


class StoredRun:
    """A run of a store, as `runs --json` and `stats run:ID --json` tell it."""

    def __init__(self, binary, store, summary):
        self.summary = summary
        self.id = summary["run"]
        self.sessions = [StoredSession(binary, store, identity) for identity in summary["sessions"]]
        rows = self.sessions[0].run("stats", f"run:{self.id}", "--json")
        self.time = next(row for row in map(json.loads, rows) if row["row"] == "time")

    def answer(self):
        return {"run": self.summary, "time": self.time,
                "sessions": [session.summary for session in self.sessions]}

    def stats(self, words):
        lines = self.sessions[0].run("stats", f"run:{self.id}", "--json", *([words] if words else []))
        rows = [json.loads(line) for line in lines]
        of = lambda kind: [row for row in rows if row["row"] == kind]  # noqa: E731
        return {"rows": of("group"), "slowest": of("slowest"), "tools": of("tool"), "total": of("total")[0],
                "by_server": self.stats_by_server(words)}

    def stats_by_server(self, words):
        rows, ids = [], {}
        # By their ids: a test may have given them names that nobody could type.
        for session in self.sessions:
            ids.setdefault(session.summary["name"], []).append(session.id)
        for name, of in ids.items():
            only = f"({words}) session:{','.join(of)}" if words else f"session:{','.join(of)}"
            lines = self.sessions[0].run("stats", f"run:{self.id}", "--json", only)
            rows += [{**row, "server": name} for row in map(json.loads, lines) if row["row"] == "group"]
        return sorted(rows, key=lambda row: -row["count"])


def ask(binary, *arguments):
    done = subprocess.run([binary, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def runs_of_store(binary, store):
    lines = ask(binary, "runs", "--store", store, "--json")
    return [StoredRun(binary, store, json.loads(line)) for line in lines]


def runs_of_file(binary, path, store):
    """The runs of a recording file, by way of a store of their own."""
    ask(binary, "import", "--store", store, path)
    return runs_of_store(binary, store)


def page(name, rows, limit, key):
    more = rows[limit][key] if len(rows) > limit else None
    return {name: rows[:limit], "next": more}


def behind(ids, one):
    return ids[ids.index(one) + 1 :]


def message_bytes(line):
    """The exact text behind the last member of a line of `show --json`."""
    entry = json.loads(line)
    if "text" in entry:
        return entry["text"].encode("utf-8", "surrogatepass")
    if "raw_b64" in entry:
        return base64.b64decode(entry["raw_b64"])
    match = re.search(r'"(?:msg|http)":', line)
    return line[match.end() : -1].encode() if match else b""


class Double:
    """The server: `url` is what `serve` would print. `requests` are the paths that were asked for."""

    token = "test-token"

    def __init__(self, sessions, store="a store of tests", runs=()):
        self.sessions = {session.id: session for session in sessions}
        self.runs = {run.id: run for run in runs}
        self.store = store
        self.revision = 1
        self.changed = []
        self.condition = threading.Condition()
        self.requests = []
        self.can_delete = True
        self.deleted = []
        # What the double itself could not do: a fault of the test, told in its name.
        self.faults = []
        # Of what was deleted, the ids that followed it.
        self.behind = {}
        self.isEnded = False
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    double.serve(self)

            def do_DELETE(self):
                double.serve(self)

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=HEEDFUL, daemon=True)
        self.thread.start()
        self.origin = f"http://127.0.0.1:{self.server.server_address[1]}"

    def url(self, state=""):
        return f"{self.origin}/#token={self.token}" + (f"&{state}" if state else "")

    def sessions_by_name(self):
        return {session.summary["name"]: identity for identity, session in self.sessions.items()}

    def close(self):
        with self.condition:
            self.isEnded = True
            self.condition.notify_all()
        self.server.shutdown()
        self.server.server_close()

    def change(self, session, isGone=False):
        """A session is new, has changed or was deleted."""
        with self.condition:
            if session.id not in self.sessions and not isGone:
                self.sessions = {session.id: session, **self.sessions}
            self.revision += 1
            self.changed.append((self.revision, session.id))
            self.condition.notify_all()

    def serve(self, handler):
        parts = urlsplit(handler.path)
        self.requests.append(handler.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if not parts.path.startswith("/api/") and handler.command == "GET":
            return self.serve_file(handler, parts.path)
        if handler.headers.get("Authorization") != f"Bearer {self.token}":
            return self.reply(handler, 401, {"error": "the token is missing or is not this start's"})
        if handler.command == "DELETE":
            return self.reply(handler, *self.remove(parts.path))
        try:
            status, answer = self.answer(parts.path, query)
        except WrongFilter as problem:
            status, answer = 400, {"error": str(problem), "column": problem.column}
        except Exception:
            self.faults.append(f"{handler.path}: {traceback.format_exc()}")
            status, answer = 500, {"error": "the double has a fault"}
        self.reply(handler, status, answer)

    def serve_file(self, handler, path):
        name = {"/": "index.html"}.get(path, path.removeprefix("/page/"))
        file = PAGE / name
        # The tests of the page's modules, under their own paths, so that their imports resolve.
        if path.startswith(("/Tests/Interop/page/", "/Sources/CViewerPage/page/")) and ".." not in path:
            file = ROOT / path[1:]
        elif "/" in name:
            return self.reply(handler, 404, {"error": f"there is no {path}"})
        if not file.is_file():
            return self.reply(handler, 404, {"error": f"there is no {path}"})
        self.send(handler, 200, file.read_bytes(), TYPES[file.suffix], {"Content-Security-Policy": POLICY})

    def reply(self, handler, status, answer):
        if isinstance(answer, bytes):
            return self.send(handler, status, answer, "application/octet-stream", {})
        self.send(handler, status, json.dumps(answer).encode(), "application/json", {})

    @staticmethod
    def send(handler, status, body, kind, fields):
        handler.send_response(status)
        for name, value in {"Content-Type": kind, "X-Content-Type-Options": "nosniff",
                            "Cache-Control": "no-cache", **fields}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def answer(self, path, query):
        words = query.get("filter", "")
        limit = int(query.get("limit", 200))
        match path.removeprefix("/api/").split("/"):
            case ["status"]:
                return 200, {"version": "test", "store": self.store, "sessions": len(self.sessions),
                             "revision": self.revision, "can_delete": self.can_delete, "slow_us": 2_000_000}
            case ["changes"]:
                return 200, self.wait(int(query["since"]))
            case ["sessions"]:
                return 200, self.list_sessions(words, limit, query.get("before"))
            case ["runs"]:
                return 200, self.list_runs(words, limit, query.get("before"))
            case ["runs", identity]:
                run = self.runs.get(unquote(identity))
                return (200, run.answer()) if run else (404, {"error": f"there is no run {identity}"})
            case ["runs", identity, "stats"]:
                return 200, self.runs[unquote(identity)].stats(words)
            case ["sessions", identity, *rest]:
                session = self.sessions.get(unquote(identity))
                if session is None:
                    return 404, {"error": f"there is no session {identity}"}
                if rest == ["density"]:
                    return 200, session.density(int(query.get("buckets", 512)))
                return self.of_session(session, rest, int(query.get("from", 1)), limit, words)
        return 404, {"error": f"there is no {path}"}

    def remove(self, path):
        """What `DELETE` answers."""
        self.deleted.append(path)
        match path.removeprefix("/api/").split("/"):
            case ["sessions", identity] if self.can_delete:
                session = self.sessions.get(identity)
                if session is None:
                    return 404, {"error": f"there is no session {identity}"}
                if session.summary.get("live"):
                    return 409, {"error": f"session {identity} is being written: delete it when it has ended"}
                left = {key: run for key, run in self.runs.items()
                        if identity not in run.summary["sessions"]}
                for gone in [identity, *(self.runs.keys() - left.keys())]:
                    self.behind[gone] = behind([*(self.runs if gone in self.runs else self.sessions)], gone)
                self.sessions = {key: one for key, one in self.sessions.items() if key != identity}
                self.runs = left
                self.change(session, isGone=True)
                return 200, {"removed": [identity], "bytes": sum(session.summary["bytes"].values())}
        return 405, {"error": "nothing can be deleted here"}

    def of_session(self, session, rest, start, limit, words):
        match rest:
            case []:
                last = {"last_seq": entry["seq"] for entry in getattr(session, "entries", [])[-1:]}
                return 200, {**session.summary, **last, "head": session.head()}
            case ["exchanges"]:
                return 200, session.exchange_page(start, limit, words)
            case ["entries"]:
                return 200, session.entry_page(start, limit, words)
            case ["stats"]:
                return 200, session.stats(words)
            case ["violations"]:
                return 200, session.violations
            case ["messages", sequence]:
                body = session.bytes.get(int(sequence))
                missing = {"error": f"there is no message {sequence}"}
                return (200, body) if body is not None else (404, missing)
        return 404, {"error": "there is no such part of a session"}

    def after(self, one, ids):
        return behind(ids, one) if one in ids else self.behind[one]

    def list_sessions(self, words, limit, before):
        sessions = list(self.sessions.values())
        if before:
            after = self.after(before, [session.id for session in sessions])
            sessions = [session for session in sessions if session.id in after]
        if words:
            sessions = [s for s in sessions if hasattr(s, "matches") and s.matches(words)[0]]
        more = sessions[limit - 1].id if len(sessions) > limit else None
        return {"sessions": [s.summary for s in sessions[:limit]], "next": more}

    def list_runs(self, words, limit, before):
        runs = list(self.runs.values())
        if before:
            after = self.after(before, [run.id for run in runs])
            runs = [run for run in runs if run.id in after]
        if words:
            runs = [run for run in runs if any(session.matches(words)[0] for session in run.sessions)]
        more = runs[limit - 1].id if len(runs) > limit else None
        return {"runs": [run.summary for run in runs[:limit]], "next": more}

    def wait(self, since):
        with self.condition:
            self.condition.wait_for(lambda: self.revision > since or self.isEnded, timeout=20)
            return {"revision": self.revision,
                    "sessions": sorted({identity for revision, identity in self.changed if revision > since})}

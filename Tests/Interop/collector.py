"""Collectors for the export of telemetry: a scripted one, and the real one of the package `rotel`."""

import gzip
import os
import re
import select
import socket
import struct
import subprocess
import sysconfig
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import util
from pathlib import Path

from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from program import HEEDFUL

REQUESTS = {
    "traces": trace_service_pb2.ExportTraceServiceRequest,
    "logs": logs_service_pb2.ExportLogsServiceRequest,
    "metrics": metrics_service_pb2.ExportMetricsServiceRequest,
}
PROTOBUF = "application/x-protobuf"


@dataclass
class Request:
    """One POST as it came, and what the official classes read in it."""

    path: str
    headers: dict
    body: bytes
    time: float

    @property
    def signal(self) -> str:
        return self.path.rsplit("/", 1)[1]

    @property
    def content(self) -> bytes:
        return gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body

    def decoded(self):
        message = REQUESTS[self.signal]()
        message.ParseFromString(self.content)
        return message


@dataclass
class Collector:
    """Answers each POST by the next entry of `script`, then with 200: (status, headers, body), or a word."""

    script: list = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __enter__(self):
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                owner.connections += 1
                super().setup()

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                with owner.changed:
                    owner.requests.append(Request(self.path, headers, body, time.monotonic()))
                    answer = owner.script.pop(0) if owner.script else (200, {}, b"")
                    owner.changed.notify_all()
                if answer == "reset":
                    self.close_connection = True
                    linger = struct.pack("ii", 1, 0)
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    return self.connection.close()
                if answer == "garbage":
                    self.close_connection = True
                    return self.wfile.write(b"\x00\xffthis is no HTTP\r\n\r\n")
                if answer == "silence":
                    # Until the exporter has had enough.
                    select.select([self.connection], [], [], 60)
                    self.close_connection = True
                    return None
                status, fields, content = answer
                self.send_response(status)
                if "Content-Type" not in fields:
                    self.send_header("Content-Type", self.headers["content-type"])
                for name, value in fields.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *arguments):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *arguments):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=HEEDFUL, daemon=True).start()
        return self

    def __exit__(self, *arguments):
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def of(self, signal: str) -> list[Request]:
        with self.changed:
            return [request for request in self.requests if request.signal == signal]

    def wait(self, condition, limit: float = 60.0):
        with self.changed:
            found = self.changed.wait_for(condition, limit)
            assert found, f"{len(self.requests)} requests, not what was meant"

    def spans(self) -> list:
        return [span for _, span in self.spans_with_resource()]

    def spans_with_resource(self) -> list:
        found = []
        for request in self.of("traces"):
            for group in request.decoded().resource_spans:
                for scope in group.scope_spans:
                    found += [(group.resource, span) for span in scope.spans]
        return found

    def records(self) -> list:
        return [
            record
            for request in self.of("logs")
            for group in request.decoded().resource_logs
            for scope in group.scope_logs
            for record in scope.log_records
        ]


def attributes(item) -> dict:
    """The attributes of a span, an event, a record or a resource, as Python values."""
    values = {}
    for attribute in item.attributes:
        kind = attribute.value.WhichOneof("value")
        values[attribute.key] = getattr(attribute.value, kind)
    return values


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Rotel:
    """The collector of the package `rotel`: takes OTLP and prints what it decoded."""

    def __init__(self, directory: Path, shown: str = "traces"):
        self.directory = directory
        self.shown = shown
        self.text = b""

    def __enter__(self):
        self.port = free_port()
        binary = Path(util.find_spec("rotel").origin).parent / "rotel-agent"
        environment = dict(os.environ, LD_LIBRARY_PATH=sysconfig.get_config_var("LIBDIR") or "")
        command = [
            str(binary), "start", "--otlp-grpc-endpoint", f"127.0.0.1:{free_port()}",
            "--otlp-http-endpoint", f"127.0.0.1:{self.port}", "--exporter", "blackhole",
            "--debug-log", self.shown, "--debug-log-verbosity", "detailed",
        ]  # fmt: skip
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, cwd=self.directory
        )
        threading.Thread(target=self._read, daemon=True).start()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.text.decode("utf-8", "replace")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the collector does not listen")

    def __exit__(self, *arguments):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(30)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _read(self):
        for line in self.process.stdout:
            self.text += line

    def lines(self, pattern: str) -> list[str]:
        plain = re.sub(r"\x1b\[[0-9;]*m", "", self.text.decode("utf-8", "replace"))
        return re.findall(pattern, plain)

"""A collector that asks for a certificate: ours is shown when the variables name it."""

import ssl

import pytest
from authority import Authority
from collector import Collector
from test_otlp import call, push, record

PREFIX = "OTEL_EXPORTER_OTLP_"


@pytest.fixture
def demanding(tmp_path):
    """A collector over TLS that takes only clients whose certificate its authority signed."""
    authority = Authority(tmp_path)
    context = authority.server_context("127.0.0.1")
    context.load_verify_locations(authority.file)
    context.verify_mode = ssl.CERT_REQUIRED
    with Collector() as collector:
        collector.server.socket = context.wrap_socket(
            collector.server.socket, server_side=True, do_handshake_on_connect=False
        )
        yield collector, authority


@pytest.mark.parametrize("signal", ["", "TRACES_"])
def test_a_collector_that_demands_a_certificate_gets_ours(mcptape, demanding, signal):
    collector, authority = demanding
    chain, key = authority.issue("client.example")
    record(mcptape, call(1))
    variables = {
        f"{PREFIX}CERTIFICATE": str(authority.file),
        f"{PREFIX}{signal}CLIENT_CERTIFICATE": str(chain),
        f"{PREFIX}{signal}CLIENT_KEY": str(key),
    }
    push(
        mcptape, "last", collector.url.replace("http:", "https:"), "--otlp-signal", "traces",
        environment=variables,
    )  # fmt: skip
    assert [span.name for span in collector.spans()] == ["tools/call weather"]


def test_without_one_nothing_is_sent_and_the_end_says_so(mcptape, demanding):
    collector, authority = demanding
    record(mcptape, call(1))
    variables = {f"{PREFIX}CERTIFICATE": str(authority.file), "OTEL_BSP_EXPORT_TIMEOUT": "1000"}
    url = collector.url.replace("http:", "https:")
    outcome = push(
        mcptape, "last", url, "--otlp-signal", "traces", environment=variables, status=69
    )  # fmt: skip
    assert not collector.requests and "not sent" in outcome.complaint, outcome.complaint


def test_a_key_that_cannot_be_read_is_named(mcptape, demanding, tmp_path):
    collector, authority = demanding
    chain, _ = authority.issue("client.example")
    (tmp_path / "bad.key").write_text("no key\n")
    record(mcptape, call(1))
    variables = {
        f"{PREFIX}CERTIFICATE": str(authority.file),
        f"{PREFIX}CLIENT_CERTIFICATE": str(chain),
        f"{PREFIX}CLIENT_KEY": str(tmp_path / "bad.key"),
    }
    url = collector.url.replace("http:", "https:")
    outcome = push(mcptape, "last", url, environment=variables, status=None)
    assert outcome.status != 0 and "bad.key holds no private key" in outcome.complaint, outcome.complaint

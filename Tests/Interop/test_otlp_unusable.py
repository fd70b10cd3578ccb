"""A variable of OpenTelemetry that mcptape cannot use is told, and stops nothing."""

import json

from collector import Collector
from program import DEADLINE
from serving import serving

BASE = "OTEL_EXPORTER_OTLP_ENDPOINT"
TOLD = f"{BASE} is ignored: it is no address with http:// or https://"


def ended(server) -> str:
    server.process.terminate()
    return server.process.communicate(timeout=DEADLINE)[1].decode()


def test_an_address_for_another_protocol_is_told_where_nothing_is_exported(mcptape):
    mcptape.environment = {**mcptape.environment, BASE: "localhost:4317"}
    with serving(mcptape) as server:
        assert server.get("/healthz")[0] == 200
        assert TOLD in ended(server)


def test_the_file_counts_where_the_variable_cannot(mcptape, tmp_path):
    with Collector() as collector:
        file = tmp_path / "config.yaml"
        file.write_text(json.dumps({"otlp": {"endpoint": collector.url}}))
        mcptape.environment = {**mcptape.environment, BASE: "localhost:4317", "MCPTAPE_CONFIG": str(file)}
        with serving(mcptape) as server:
            again = mcptape.run("serve")
            assert again.text.strip() == server.url
            assert "the export to a collector changed nothing" in again.complaint
            assert TOLD in ended(server)

"""The alert over the export, at a real Prometheus: silent while a collector takes things, and only then."""

import time

import pytest
from collector import Collector, free_port
from dashboards import rules
from program import wait_until
from prometheus_server import Prometheus, needed
from serving import serving
from test_otlp import call, record

SIGNALS = {"traces", "logs", "metrics"}


def failing() -> str:
    (rule,) = [rule for rule in rules() if rule.get("alert") == "McptapeExportFailing"]
    return rule["expr"]


@pytest.mark.parametrize("is_there", [True, False], ids=["taken", "refused"])
def test_the_alert_sees_whether_a_collector_takes_anything(mcptape, is_there):
    needed("prometheus")
    mcptape.environment |= {"OTEL_BSP_SCHEDULE_DELAY": "20", "OTEL_METRIC_EXPORT_INTERVAL": "100"}
    with Collector() as collector:
        url = collector.url if is_there else f"http://127.0.0.1:{free_port()}"
        with serving(mcptape, "--otlp", url) as server:
            prometheus = Prometheus(mcptape.directory / "prometheus", {"mcptape": server.port})
            try:
                wait_until(lambda: 1 in prometheus.vector("up", time.time()).values())
                record(mcptape, call(1), call(2), name="one")

                def signals(expression: str) -> set:
                    found = prometheus.vector(expression, time.time())
                    return {dict(key)["signal"] for key in found}

                if is_there:
                    sent = 'increase(mcptape_export_items_total{result="sent"}[10m]) > 0'
                    wait_until(lambda: signals(sent) == SIGNALS)
                    assert signals(failing()) == set()
                else:
                    # Log records and spans go in turn: what waits behind the other is not tried yet.
                    wait_until(lambda: signals(failing()) >= {"logs", "metrics"})
            finally:
                prometheus.close()

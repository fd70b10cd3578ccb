"""Exemplars: panels ask for what the program exposes, and the page of the dashboards says what it takes."""

from catalogue import by_sample
from dashboards import FOLDER, dashboards, panels, selectors

# What `mcptape metrics --openmetrics` shows exemplars of: docs/metrics.md, "Exemplars".
WITH_EXEMPLARS = {"mcp_client_operation_duration_seconds", "mcptape_time_to_first_event_seconds"}


def test_the_page_says_how_to_get_what_panels_ask_for():
    known = by_sample()
    targets = [target for dashboard in dashboards().values() for panel in panels(dashboard)
               for target in panel["targets"] if target["exemplar"]]
    asked = {known[selector.name].name for target in targets for selector in selectors(target["expr"])}
    assert asked & WITH_EXEMPLARS
    page = (FOLDER / "README.md").read_text()
    assert "--enable-feature=exemplar-storage" in page and "not exposed" not in page

"""Grafana's JSON of a dashboard, put together from few words: a query, a panel, a variable, a dashboard."""

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS = 24

# What every selector of a metric carries, with and without a server.
PROCESS = 'job=~"$job", instance=~"$instance"'
SERVER = f'{PROCESS}, server=~"$server"'
TOOL = f'{SERVER}, mcp_method_name="tools/call", gen_ai_tool_name=~"$tool"'
WINDOW = "[$__rate_interval]"

GREEN_RED = [("green", None), ("red", 1)]
ERROR_SHARE = [("green", None), ("yellow", 0.01), ("red", 0.05)]


# Queries

def query(expression: str, legend: str = "", exemplar: bool = False, **more) -> dict:
    """A query over the time range; `table=True` asks once, at its end."""
    is_table = more.pop("table", False)
    return {
        "datasource": DATASOURCE,
        "editorMode": "code",
        "exemplar": exemplar,
        "expr": expression,
        "format": more.pop("format", "table" if is_table else "time_series"),
        "instant": is_table,
        "legendFormat": legend or "__auto",
        "range": not is_table,
        **more,
    }


def rate(metric: str, matchers: str, by: str = "", window: str = WINDOW, function: str = "rate") -> str:
    """The summed rate of a counter, or of a part of a histogram."""
    return f"{total(by)}({function}({metric}{{{matchers}}}{window}))"


def total(by: str) -> str:
    return f"sum by ({by}) " if by else "sum"


def quantile(share: str, histogram: str, matchers: str, by: str = "", window: str = WINDOW) -> str:
    """A quantile over a histogram's buckets."""
    function = "rate" if window == WINDOW else "increase"
    groups = f"le, {by}" if by else "le"
    buckets = rate(f"{histogram}_bucket", matchers, groups, window, function)
    return f"histogram_quantile({share}, {buckets})"


def quantiles(histogram: str, matchers: str) -> list[dict]:
    """p50, p95 and p99 as three lines."""
    return [
        query(quantile(share, histogram, matchers), name, exemplar=True)
        for share, name in (("0.5", "p50"), ("0.95", "p95"), ("0.99", "p99"))
    ]


def share(metric: str, matchers: str, part: str, by: str = "", window: str = WINDOW) -> str:
    """Which share of a counter has `part` among its matchers; nothing where there is no traffic."""
    function = "rate" if window == WINDOW else "increase"
    whole = rate(metric, matchers, by, window, function)
    some = rate(metric, f"{matchers}, {part}", by, window, function)
    return f"({some} or 0 * {whole}) / ({whole} > 0)"


# Panels

def panel(kind: str, title: str, description: str, queries, unit: str, size=(12, 8), **more) -> dict:
    """A panel of `size` columns and rows; its place is the dashboard's matter."""
    targets = [queries] if isinstance(queries, dict) else list(queries)
    for number, target in enumerate(targets):
        target["refId"] = "ABCDEFGH"[number]
    defaults = {
        "color": {"mode": "thresholds" if kind in ("stat", "bargauge", "table") else "palette-classic"},
        "custom": more.pop("custom", {}),
        "mappings": [],
        "thresholds": steps(more.pop("thresholds", [("green", None)])),
        "unit": unit,
    }
    for bound in ("min", "max", "decimals", "noValue"):
        value = more.pop(bound, None)
        if value is not None:
            defaults[bound] = value
    return {
        "datasource": DATASOURCE,
        "description": description,
        "fieldConfig": {"defaults": defaults, "overrides": more.pop("overrides", [])},
        "gridPos": {"w": size[0], "h": size[1]},
        "options": more.pop("options", {}),
        "targets": targets,
        "title": title,
        "type": kind,
        **more,
    }


def steps(colors) -> dict:
    return {"mode": "absolute", "steps": [{"color": color, "value": value} for color, value in colors]}


def lines(title: str, description: str, queries, unit: str, size=(12, 8), stacked=False, **more) -> dict:
    custom = {
        "drawStyle": "line",
        "fillOpacity": 30 if stacked else 5,
        "lineInterpolation": "linear",
        "lineWidth": 1,
        "pointSize": 4,
        "showPoints": "auto",
        "spanNulls": False,
        "stacking": {"group": "A", "mode": "normal" if stacked else "none"},
    }
    options = {
        "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    more.setdefault("min", 0)
    return panel(
        "timeseries", title, description, queries, unit, size, custom=custom, options=options, **more
    )


def figure(title: str, description: str, expression: str, unit: str, size=(4, 4), **more) -> dict:
    """One number, with the course of it behind."""
    options = {
        "colorMode": "value",
        "graphMode": "area",
        "justifyMode": "auto",
        "orientation": "auto",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "textMode": "auto",
    }
    legend = more.pop("legend", "")
    return panel("stat", title, description, query(expression, legend), unit, size, options=options, **more)


def heat_map(title: str, description: str, histogram: str, matchers: str, unit: str, size=(12, 8)) -> dict:
    buckets = rate(f"{histogram}_bucket", matchers, "le", function="increase")
    options = {
        "calculate": False,
        "cellGap": 1,
        "color": {"exponent": 0.5, "fill": "dark-orange", "mode": "scheme", "reverse": False,
                  "scale": "exponential", "scheme": "Oranges", "steps": 64},
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
        "filterValues": {"le": 1e-9},
        "legend": {"show": True},
        "rowsFrame": {"layout": "auto"},
        "tooltip": {"show": True, "yHistogram": True},
        "yAxis": {"axisPlacement": "left", "reverse": False, "unit": unit},
    }
    target = query(buckets, "{{le}}", exemplar=True, format="heatmap")
    return panel("heatmap", title, description, target, "short", size, options=options)


def table(title: str, description: str, columns, keys: dict, size=(24, 9), sort: str = "", **more) -> dict:
    """A row for each set of labels; `columns` are (title, unit, expression), `keys` label → title."""
    targets = [query(expression, table=True) for _, _, expression in columns]
    overrides = []
    renamed = dict(keys)
    for number, (name, unit, _) in enumerate(columns):
        renamed["Value" if len(columns) == 1 else f"Value #{'ABCDEFGH'[number]}"] = name
        overrides.append({
            "matcher": {"id": "byName", "options": name},
            "properties": [{"id": "unit", "value": unit}],
        })
    order = {name: number for number, name in enumerate(renamed)}
    transformations = [
        {"id": "merge", "options": {}},
        {"id": "organize", "options": {
            "excludeByName": {"Time": True}, "indexByName": order, "renameByName": renamed}},
    ]
    options = {"cellHeight": "sm", "footer": {"show": False}, "showHeader": True,
               "sortBy": [{"desc": True, "displayName": sort}] if sort else []}
    return panel(
        "table", title, description, targets, "short", size, overrides=overrides, options=options,
        transformations=transformations, custom={"align": "auto", "filterable": True}, **more,
    )


def row(title: str) -> dict:
    place = {"w": COLUMNS, "h": 1}
    return {"collapsed": False, "gridPos": place, "panels": [], "title": title, "type": "row"}


# The dashboard

def variable(name: str, label: str, source: str, wire_label: str, all_value: str = ".+") -> dict:
    """A variable with the values of a label; several may be chosen, all are at first."""
    definition = f"label_values({source}, {wire_label})"
    return {
        "allValue": all_value,
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        "datasource": DATASOURCE,
        "definition": definition,
        "hide": 0,
        "includeAll": True,
        "label": label,
        "multi": True,
        "name": name,
        "options": [],
        "query": definition,
        "refresh": 2,
        "regex": "",
        "skipUrlSync": False,
        "sort": 1,
        "type": "query",
    }


OPERATIONS = "mcp_client_operation_duration_seconds"
METHOD_VARIABLE = ("method", "Method", f"{OPERATIONS}_count{{{SERVER}}}", "mcp_method_name")
TOOL_VARIABLE = ("tool", "Tool", f"{OPERATIONS}_count{{{SERVER}}}", "gen_ai_tool_name", ".*")


def variables(source: str, *more) -> list[dict]:
    """The data source, then the job, instance and server that `source` has, then `more`."""
    datasource = {
        "current": {}, "hide": 0, "includeAll": False, "label": "Data source", "multi": False,
        "name": "datasource", "options": [], "query": "prometheus", "refresh": 1, "regex": "",
        "skipUrlSync": False, "type": "datasource",
    }  # fmt: skip
    return [
        datasource,
        variable("job", "Job", source, "job"),
        variable("instance", "Instance", f'{source}{{job=~"$job"}}', "instance"),
        variable("server", "Server", f"{source}{{{PROCESS}}}", "server"),
        *(variable(*words) for words in more),
    ]


def placed(panels: list[dict]) -> list[dict]:
    """The panels with ids, in lines from left to right; a line ends where the next panel has no room."""
    x = y = height = 0
    for number, item in enumerate(panels, start=1):
        place = item["gridPos"]
        if x + place["w"] > COLUMNS:
            x, y, height = 0, y + height, 0
        place.update(x=x, y=y)
        x, height = x + place["w"], max(height, place["h"])
        item["id"] = number
    return panels


def dashboard(uid: str, title: str, description: str, templating: list[dict], panels: list[dict]) -> dict:
    link = {
        "asDropdown": True, "icon": "external link", "includeVars": True, "keepTime": True,
        "tags": ["mcptape"], "targetBlank": False, "title": "mcptape", "tooltip": "",
        "type": "dashboards", "url": "",
    }  # fmt: skip
    return {
        "annotations": {"list": []},
        "description": description,
        "editable": False,
        "fiscalYearStartMonth": 0,
        "graphTooltip": 1,
        "id": None,
        "links": [link],
        "panels": placed(panels),
        "refresh": "30s",
        "schemaVersion": 39,
        "tags": ["mcp", "mcptape"],
        "templating": {"list": templating},
        "time": {"from": "now-6h", "to": "now"},
        "timepicker": {},
        "timezone": "",
        "title": title,
        "uid": uid,
        "version": 1,
        "weekStart": "",
    }

"""Sessions and agents: who is connected, how sessions end, what clients give up."""

from grafana import (
    GREEN_RED,
    METHOD_VARIABLE,
    PROCESS,
    SERVER,
    dashboard,
    heat_map,
    lines,
    quantile,
    quantiles,
    query,
    rate,
    row,
    table,
    variables,
)

SESSIONS = "mcp_client_session_duration_seconds"
RANGE = "[$__range]"


def made() -> dict:
    return dashboard(
        "mcptape-sessions",
        "mcptape: Sessions and agents",
        "Sessions of MCP clients: how many, how long, which revision, how they end, and what is given up.",
        variables("mcptape_messages_total", METHOD_VARIABLE),
        [*sessions(), *conduct(), *ends(), *sizes()],
    )


def sessions() -> list[dict]:
    versions = rate(f"{SESSIONS}_count", SERVER, "server, mcp_protocol_version", RANGE, "increase")
    columns = [("Sessions ended", "short", versions)]
    return [
        lines("Open sessions", "Who is connected now?",
              query(f"sum by (server, transport) (mcptape_sessions_active{{{SERVER}}})",
                    "{{server}} {{transport}}"), "none", stacked=True),
        lines("Sessions begun", "How often do clients connect? A server that is started for each question "
              "shows here.",
              query(rate("mcptape_sessions_total", SERVER, "server, transport"), "{{server}} {{transport}}"),
              "cps"),
        lines("Session length", "How long does a client stay?", quantiles(SESSIONS, SERVER), "s"),
        table("Revisions", "Which revisions of the protocol are in use? Sessions that ended in this range.",
              columns, {"server": "Server", "mcp_protocol_version": "Revision"}, (12, 8), "Sessions ended"),
    ]  # fmt: skip


def conduct() -> list[dict]:
    given_up = [
        query(rate("mcptape_cancelled_total", SERVER), "cancelled"),
        query(rate("mcptape_late_total", SERVER), "late"),
        query(rate("mcptape_abandoned_total", SERVER), "abandoned"),
    ]
    method = f'{SERVER}, mcp_method_name=~"$method"'
    in_flight = f"sum by (mcp_method_name) (mcptape_operations_in_flight{{{method}}})"
    waits = quantile("0.95", "mcptape_wait_duration_seconds", SERVER, "server, kind")
    return [
        row("What agents do"),
        lines("In flight", "What is being waited for now?",
              query(in_flight, "{{mcp_method_name}}"), "none", (8, 8), stacked=True),
        lines("Given up", "What do clients not wait for? Cancelled by the client; late: answered after that; "
              "abandoned: never answered.", given_up, "reqps", (8, 8)),
        lines("Progress notifications", "Do servers tell how far they are?",
              query(rate("mcptape_progress_notifications_total", SERVER, "server"), "{{server}}"),
              "cps", (8, 8)),
        lines("Questions to the client, p95", "How long do servers wait for a model, a person or the client?",
              query(waits, "{{server}} {{kind}}"), "s"),
        lines("Messages by direction", "Who talks how much?",
              query(rate("mcptape_messages_total", SERVER, "direction, kind"), "{{direction}} {{kind}}"),
              "cps"),
    ]  # fmt: skip


def ends() -> list[dict]:
    failed = rate(f"{SESSIONS}_count", f'{SERVER}, error_type!=""', "server, error_type")
    return [
        row("How it ends"),
        lines("Sessions that failed", "Which sessions ended in an error, and in which?",
              query(failed, "{{server}} {{error_type}}"), "cps", noValue="none failed"),
        lines("Exits of servers", "How do the processes of servers end?",
              query(rate("mcptape_child_exits_total", SERVER, "server, reason"), "{{server}} {{reason}}"),
              "cps"),
        lines("Answers of HTTP upstreams", "Which classes of status do upstreams answer with?",
              query(rate("mcptape_upstream_http_responses_total", SERVER, "server, code_class"),
                    "{{server}} {{code_class}}"), "reqps"),
        lines("Protocol violations", "Which peers break the protocol? The head of `mcptape show` says what.",
              query(rate("mcptape_protocol_violations_total", SERVER, "server, rule"), "{{server}} {{rule}}"),
              "cps", thresholds=GREEN_RED),
    ]  # fmt: skip


def sizes() -> list[dict]:
    size = "mcptape_message_size_bytes"
    return [
        row("Sizes"),
        heat_map("Message size", "Are there huge messages? All servers together.", size, PROCESS, "bytes"),
        lines("Message size, p95", "How large are messages, by direction? All servers together.",
              query(quantile("0.95", size, PROCESS, "direction"), "{{direction}}"), "bytes"),
    ]  # fmt: skip

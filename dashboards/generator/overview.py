"""Overview: rate, errors and duration of every server."""

from grafana import (
    ERROR_SHARE,
    GREEN_RED,
    METHOD_VARIABLE,
    OPERATIONS,
    PROCESS,
    SERVER,
    dashboard,
    figure,
    lines,
    quantile,
    query,
    rate,
    row,
    share,
    table,
    variables,
)

METHOD = f'{SERVER}, mcp_method_name=~"$method"'
# A subscription is open as long as its session is: its duration tells nothing of a server.
TIMED = f'{METHOD}, mcp_method_name!="subscriptions/listen"'
COUNT = f"{OPERATIONS}_count"
# Who cancels has changed his mind: that is shown by type, and is no failure of the server.
FAILED = 'error_type!~"|cancelled"'
RANGE = "[$__range]"


def made() -> dict:
    return dashboard(
        "mcptape-overview",
        "mcptape: Overview",
        "Rate, errors and duration of what MCP clients ask, by server, as mcptape saw it pass.",
        variables("mcptape_messages_total", METHOD_VARIABLE),
        [*at_a_glance(), *by_server(), *by_method(), *traffic()],
    )


def at_a_glance() -> list[dict]:
    return [
        figure("Operations per second", "How much do clients ask? Requests of clients that came to an end.",
               rate(COUNT, METHOD), "reqps"),
        figure("Error share", "Which share of operations failed? JSON-RPC errors, tool errors, "
               "timeouts and requests that were never answered; not what the client cancelled.",
               share(COUNT, METHOD, FAILED), "percentunit", thresholds=ERROR_SHARE),
        figure("p95 duration", "How long do 95 of 100 operations take at most? The time that a model or a "
               "person took in the middle of an operation is part of it.",
               quantile("0.95", OPERATIONS, TIMED), "s"),
        figure("In flight", "How many operations wait for their answer now, subscriptions apart?",
               f"sum(mcptape_operations_in_flight{{{TIMED}}}) or vector(0)", "none"),
        figure("Sessions now", "How many sessions are open?",
               f"sum(mcptape_sessions_active{{{SERVER}}})", "none"),
        figure("Gaps", "Does the recording lack something of this time range? Anything but 0 deserves a "
               "look: `mcptape doctor` says what and why.",
               rate("mcptape_gaps_total", SERVER, window=RANGE, function="increase"), "none",
               thresholds=GREEN_RED, decimals=0),
    ]  # fmt: skip


def by_server() -> list[dict]:
    columns = [
        ("Operations", "short", rate(COUNT, METHOD, "server", RANGE, "increase")),
        ("Error share", "percentunit", share(COUNT, METHOD, FAILED, "server", RANGE)),
        ("p50", "s", quantile("0.5", OPERATIONS, TIMED, "server", RANGE)),
        ("p95", "s", quantile("0.95", OPERATIONS, TIMED, "server", RANGE)),
        ("p99", "s", quantile("0.99", OPERATIONS, TIMED, "server", RANGE)),
    ]
    return [
        row("By server"),
        lines("Rate", "Which server is asked how often?",
              query(rate(COUNT, METHOD, "server"), "{{server}}"), "reqps", (8, 8)),
        lines("Errors", "Which share of a server's operations fails?",
              query(share(COUNT, METHOD, FAILED, "server"), "{{server}}"), "percentunit", (8, 8)),
        lines("Duration, p95", "How long does a server take? The points are operations with a trace.",
              [query(quantile("0.95", OPERATIONS, TIMED, "server"), "{{server}}", exemplar=True),
               query(f"min by (instance) (mcptape_slow_threshold_seconds{{{PROCESS}}})",
                     "{{instance}} slow from")], "s", (8, 8)),
        table("Servers", "All of it as figures, over the whole time range.",
              columns, {"server": "Server"}, (24, 8), "Operations"),
    ]  # fmt: skip


def by_method() -> list[dict]:
    return [
        row("By method"),
        lines("Rate by method", "What are servers asked for?",
              query(rate(COUNT, METHOD, "mcp_method_name"), "{{mcp_method_name}}"), "reqps", (8, 8)),
        lines("Errors by type", "What goes wrong? A number is the code of a JSON-RPC error; tool_error is a "
              "result that says isError; abandoned was not answered when the session ended.",
              query(rate(COUNT, f'{METHOD}, error_type!=""', "error_type"), "{{error_type}}"), "reqps", (8, 8)),
        lines("Mean in flight by method", "Where does the time go? Seconds spent in operations per second, "
              "which is how many were in flight on average.",
              query(rate(f"{OPERATIONS}_sum", TIMED, "mcp_method_name"), "{{mcp_method_name}}"),
              "none", (8, 8), stacked=True),
    ]  # fmt: skip


def traffic() -> list[dict]:
    return [
        row("Traffic"),
        lines("Bytes by direction", "How much passes? Bytes of messages.",
              query(rate("mcptape_message_bytes_total", SERVER, "direction"), "{{direction}}"), "Bps"),
        lines("Messages by kind", "What passes? A batch counts once for each of its members.",
              query(rate("mcptape_messages_total", SERVER, "kind"), "{{kind}}"), "cps", stacked=True),
    ]  # fmt: skip

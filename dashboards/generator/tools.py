"""Tools: how long each takes, how often it fails, which are slowest."""

from grafana import (
    METHOD_VARIABLE,
    OPERATIONS,
    SERVER,
    TOOL,
    TOOL_VARIABLE,
    dashboard,
    heat_map,
    lines,
    quantile,
    quantiles,
    query,
    rate,
    row,
    share,
    table,
    variables,
)

COUNT = f"{OPERATIONS}_count"
# Who cancels has changed his mind: that is shown by type, and is no failure of the server.
FAILED = 'error_type!~"|cancelled"'
RANGE = "[$__range]"
BY_TOOL = "server, gen_ai_tool_name"
TOOL_LEGEND = "{{server}} {{gen_ai_tool_name}}"
PROMPT = f'{SERVER}, mcp_method_name="prompts/get"'
METHOD = f'{SERVER}, mcp_method_name=~"$method"'


def made() -> dict:
    return dashboard(
        "mcptape-tools",
        "mcptape: Tools",
        "Latency, failures and use of each tool and prompt. Names that a server did not advertise, and names "
        "beyond the label budget, are shown as _OTHER.",
        variables("mcptape_messages_total", METHOD_VARIABLE, TOOL_VARIABLE),
        [*calls(), *failures(), *prompts(), *inside()],
    )


def calls() -> list[dict]:
    columns = [
        ("Calls", "short", rate(COUNT, TOOL, BY_TOOL, RANGE, "increase")),
        ("p50", "s", quantile("0.5", OPERATIONS, TOOL, BY_TOOL, RANGE)),
        ("p95", "s", quantile("0.95", OPERATIONS, TOOL, BY_TOOL, RANGE)),
        ("p99", "s", quantile("0.99", OPERATIONS, TOOL, BY_TOOL, RANGE)),
        ("Time in all", "s", rate(f"{OPERATIONS}_sum", TOOL, BY_TOOL, RANGE, "increase")),
        ("Error share", "percentunit", share(COUNT, TOOL, FAILED, BY_TOOL, RANGE)),
    ]
    return [
        lines("Latency", "How long do the chosen tools take, half of the time and in the worst cases? "
              "The points are calls with a trace.", quantiles(OPERATIONS, TOOL), "s"),
        heat_map("Latency, heat map", "Are there two kinds of call, fast and slow, that a quantile hides?",
                 OPERATIONS, TOOL, "s"),
        lines("Calls by tool", "Which tools are used?",
              query(rate(COUNT, TOOL, BY_TOOL), TOOL_LEGEND), "reqps"),
        lines("p95 by tool", "Which tool became slow, and when?",
              query(quantile("0.95", OPERATIONS, TOOL, BY_TOOL), TOOL_LEGEND, exemplar=True), "s"),
        table("Slowest tools", "Which tools are slowest over the whole time range, and which cost most time "
              "in all? Click on a column to sort by it.",
              columns, {"server": "Server", "gen_ai_tool_name": "Tool"}, (24, 10), "p95"),
    ]  # fmt: skip


def failures() -> list[dict]:
    failed = rate(COUNT, f'{TOOL}, error_type!=""', f"{BY_TOOL}, error_type")
    return [
        row("Failures"),
        lines("Error share by tool", "Which tool fails, and how often?",
              query(share(COUNT, TOOL, FAILED, BY_TOOL), TOOL_LEGEND), "percentunit", max=1),
        lines("Failures by tool and type", "How does it fail?",
              query(failed, TOOL_LEGEND + " {{error_type}}"), "reqps", stacked=True),
    ]  # fmt: skip


def prompts() -> list[dict]:
    by_prompt, legend = "server, gen_ai_prompt_name", "{{server}} {{gen_ai_prompt_name}}"
    return [
        row("Prompts"),
        lines("Prompts fetched", "Which prompts are used?",
              query(rate(COUNT, PROMPT, by_prompt), legend), "reqps"),
        lines("p95 by prompt", "How long does a prompt take to fetch?",
              query(quantile("0.95", OPERATIONS, PROMPT, by_prompt), legend), "s"),
    ]  # fmt: skip


def inside() -> list[dict]:
    first, waits = "mcptape_time_to_first_event_seconds", "mcptape_wait_duration_seconds"
    return [
        row("Inside an operation"),
        lines("Time to first event, p95", "How soon does the client hear anything: progress, a log line, a "
              "question or the answer?",
              query(quantile("0.95", first, METHOD, "mcp_method_name"), "{{mcp_method_name}}"), "s", (8, 8)),
        lines("Waiting for the client, p95", "How long do servers wait for a model (sampling), a person "
              "(elicitation) or the client's other answers?",
              query(quantile("0.95", waits, SERVER, "kind"), "{{kind}}"), "s", (8, 8)),
        lines("Time spent waiting for the client", "How much of the time in operations is not the server's? "
              "Seconds of waiting per second.",
              query(rate(f"{waits}_sum", SERVER, "kind"), "{{kind}}"), "none", (8, 8), stacked=True),
    ]  # fmt: skip

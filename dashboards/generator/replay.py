"""Replay in CI: did the requests find their answers, as `replay --metrics-textfile` wrote them down?"""

from grafana import ERROR_SHARE, GREEN_RED, SERVER, dashboard, figure, lines, query, row, table, variables

REQUESTS = "mcptape_replay_requests_total"


def made() -> dict:
    return dashboard(
        "mcptape-replay",
        "mcptape: Replay in CI",
        "Results of `mcptape replay --metrics-textfile`: each run writes its own figures, from zero on.",
        variables(REQUESTS),
        [*last_runs(), *course()],
    )


def last(matchers: str = "", by: str = "") -> str:
    """The figures of the last run of each server: values, not rates, because each run counts from zero."""
    group = f" by ({by})" if by else ""
    more = f", {matchers}" if matchers else ""
    return f"sum{group} ({REQUESTS}{{{SERVER}{more}}})"


def share(matchers: str, by: str = "") -> str:
    return f"({last(matchers, by)} or 0 * {last(by=by)}) / ({last(by=by)} > 0)"


def last_runs() -> list[dict]:
    columns = [
        ("Requests", "none", last(by="server")),
        ("Exact", "none", last('result="exact"', "server")),
        ("Repeated", "none", last('result="repeated"', "server")),
        ("Nearest", "none", last('result="nearest"', "server")),
        ("Forwarded", "none", last('result="forwarded"', "server")),
        ("Missed", "none", last('result="miss"', "server")),
    ]
    return [
        figure("Requests", "How many requests did the last runs play?", last(), "none", (6, 4)),
        figure("Missed", "How many had no recorded answer? Such a run ends with status 3.",
               last('result="miss"'), "none", (6, 4), thresholds=GREEN_RED),
        figure("Share missed", "Which share of requests had no recorded answer?",
               share('result="miss"'), "percentunit", (6, 4), thresholds=ERROR_SHARE),
        figure("Share not exact", "Which share was answered with the nearest recorded answer, or by the real "
               "server? Record again when it grows.",
               share('result=~"nearest|forwarded"'), "percentunit", (6, 4),
               thresholds=[("green", None), ("yellow", 0.01)]),
        table("Last runs", "Which recording no longer fits its client?",
              columns, {"server": "Server"}, (24, 8), "Missed"),
    ]  # fmt: skip


def course() -> list[dict]:
    return [
        row("Over time"),
        lines("Requests by result", "When did the results change?",
              query(last(by="result"), "{{result}}"), "none", stacked=True),
        lines("Share missed by server", "Since when does a recording miss?",
              query(share('result="miss"', "server"), "{{server}}"), "percentunit", max=1),
    ]  # fmt: skip

"""Proxy health: what mcptape costs, what it lacks, how its store and its export are."""

from grafana import (
    GREEN_RED,
    PROCESS,
    SERVER,
    dashboard,
    figure,
    heat_map,
    lines,
    quantile,
    query,
    rate,
    row,
    table,
    variables,
)

RANGE = "[$__range]"
BY_INSTANCE = "{{instance}}"


def made() -> dict:
    return dashboard(
        "mcptape-proxy",
        "mcptape: Proxy health",
        "mcptape itself: what it costs, whether its recording lacks something, its store, its export.",
        variables("mcptape_messages_total"),
        [*at_a_glance(), *cost(), *recording(), *store(), *export(), *process()],
    )


def gauge(metric: str, by: str = "instance", matchers: str = PROCESS) -> str:
    return f"sum by ({by}) ({metric}{{{matchers}}})"


def at_a_glance() -> list[dict]:
    orphaned = f'sum(mcptape_journals{{{PROCESS}, state="orphaned"}})'
    return [
        figure("Scraped", "Does Prometheus reach mcptape? 1 is yes.", f"min(up{{{PROCESS}}})", "none",
               thresholds=[("red", None), ("green", 1)]),
        figure("Overhead, p99", "What does mcptape add to a message, at worst?",
               quantile("0.99", "mcptape_overhead_seconds", PROCESS), "s"),
        figure("Gaps", "Does the recording lack something of this time range?",
               rate("mcptape_gaps_total", SERVER, window=RANGE, function="increase"), "none",
               thresholds=GREEN_RED, decimals=0),
        figure("Orphaned journals", "Is there a recording that its process did not finish? The next mcptape "
               "takes it in; if this stays, `mcptape doctor` says why.",
               orphaned, "none", thresholds=[("green", None), ("yellow", 1)]),
        figure("Store size", "How large is the store?", f"sum(mcptape_store_bytes{{{PROCESS}}})", "bytes"),
        figure("Sessions in the store", "How many sessions can be read?",
               f"sum(mcptape_store_sessions{{{PROCESS}}})", "none"),
    ]  # fmt: skip


def cost() -> list[dict]:
    overhead = "mcptape_overhead_seconds"
    both = [
        query(quantile(share, overhead, PROCESS, "direction"), f"{name} {{{{direction}}}}")
        for share, name in (("0.5", "p50"), ("0.99", "p99"))
    ]
    return [
        row("What it costs"),
        lines("Overhead", "What does mcptape add to a message, by direction?", both, "s"),
        heat_map("Overhead, heat map", "How often is it more?", overhead, PROCESS, "s"),
    ]


def recording() -> list[dict]:
    labels = query(rate("mcptape_label_overflow_total", PROCESS, "label"), "{{label}}")
    return [
        row("Is the recording whole?"),
        lines("Gaps by reason", "Why does the recording lack something?",
              query(rate("mcptape_gaps_total", SERVER, "server, reason"), "{{server}} {{reason}}"),
              "cps", (8, 8)),
        lines("Bytes that were not recorded", "How much passed without being recorded?",
              query(rate("mcptape_gap_bytes_total", SERVER, "server, direction"), "{{server}} {{direction}}"),
              "Bps", (8, 8)),
        lines("Redactions", "Which rules replace secrets, and how often? A rule that falls silent may no "
              "longer match.",
              query(rate("mcptape_redactions_total", SERVER, "rule"), "{{rule}}"), "cps", (8, 8)),
        lines("Journals", "How many recordings are being written, and how many wait to be taken in?",
              query(gauge("mcptape_journals", "instance, state"), "{{instance}} {{state}}"), "none", (8, 8)),
        lines("Size of journals", "How much is recorded and not yet in the store?",
              query(gauge("mcptape_journal_bytes"), BY_INSTANCE), "bytes", (8, 8)),
        lines("Label overflow", "Are names folded to _OTHER? Then figures by name are not complete.",
              labels, "cps", (8, 8)),
    ]  # fmt: skip


def store() -> list[dict]:
    raw, packed = "mcptape_store_raw_bytes_total", "mcptape_store_compressed_bytes_total"
    ratio = f"{rate(raw, PROCESS, 'instance')} / ({rate(packed, PROCESS, 'instance')} > 0)"
    commits = "mcptape_store_commit_duration_seconds"
    growth = f"sum by (instance) (deriv(mcptape_store_bytes{{{PROCESS}}}[$__range]))"
    return [
        row("Store"),
        lines("Size and room", "Is there room? When the size passes the limit, the oldest sessions go; when "
              "less is free than the floor, recordings get gaps.",
              [query(gauge("mcptape_store_bytes"), "{{instance}} size"),
               query(gauge("mcptape_store_limit_bytes"), "{{instance}} limit"),
               query(gauge("mcptape_store_free_bytes"), "{{instance}} free on the disk"),
               query(gauge("mcptape_store_free_floor_bytes"), "{{instance}} floor of that")],
              "bytes", (8, 8)),
        lines("Growth", "How fast does the store grow, over the time range shown?",
              query(growth, BY_INSTANCE), "Bps", (8, 8), min=None),
        lines("Bytes taken in", "How much is recorded, and how much of that is written?",
              [query(rate(raw, PROCESS, "instance"), "{{instance}} as it passed"),
               query(rate(packed, PROCESS, "instance"), "{{instance}} compressed")], "Bps", (8, 8)),
        lines("Compression", "How much smaller do recordings get?",
              query(ratio, BY_INSTANCE), "none", (8, 8)),
        lines("Commits", "How often is the store written?",
              query(rate("mcptape_store_commits_total", PROCESS, "instance"), BY_INSTANCE), "cps", (8, 8)),
        lines("Commit duration", "Is the disk slow?",
              [query(quantile("0.5", commits, PROCESS, "instance"), "{{instance}} p50"),
               query(quantile("0.99", commits, PROCESS, "instance"), "{{instance}} p99")], "s", (8, 8)),
    ]  # fmt: skip


def export() -> list[dict]:
    items = query(rate("mcptape_export_items_total", PROCESS, "signal, result"), "{{signal}} {{result}}")
    duration = quantile("0.95", "mcptape_export_duration_seconds", PROCESS, "signal")
    return [
        row("Export by OTLP"),
        lines("Items", "Do spans, metrics and logs arrive? Rejected by the collector; dropped here "
              "because it did not take them in time.", items, "cps", (6, 8)),
        lines("Duration of a request, p95", "Is the collector slow?",
              query(duration, "{{signal}}"), "s", (6, 8)),
        lines("Queue", "How much waits to be sent?",
              query(gauge("mcptape_export_queue_items", "signal"), "{{signal}}"), "none", (6, 8)),
        lines("Retries", "How often must a request be sent again?",
              query(rate("mcptape_export_retries_total", PROCESS, "signal"), "{{signal}}"), "cps", (6, 8)),
    ]  # fmt: skip


def process() -> list[dict]:
    cpu = query(rate("process_cpu_seconds_total", PROCESS, "instance"), BY_INSTANCE)
    memory = [
        query(gauge("process_resident_memory_bytes"), "{{instance}} resident"),
        query(gauge("process_virtual_memory_bytes"), "{{instance}} virtual"),
        query(gauge("process_virtual_memory_max_bytes") + " < 1e15", "{{instance}} limit"),
    ]
    descriptors = [
        query(gauge("process_open_fds"), "{{instance}} open"),
        query(gauge("process_max_fds"), "{{instance}} limit"),
    ]
    samples = query(f"sum by (instance) (scrape_samples_scraped{{{PROCESS}}})", BY_INSTANCE)
    builds = [("Since", "dateTimeFromNow", f"1000 * process_start_time_seconds{{{PROCESS}}}"),
              ("Build", "none", f"mcptape_build_info{{{PROCESS}}}")]  # fmt: skip
    resource = [("Target", "none", f"target_info{{{PROCESS}}}")]
    return [
        row("Process"),
        lines("CPU", "How much of a core does it use?", cpu, "percentunit", (6, 8)),
        lines("Memory", "How much memory does it use?", memory, "bytes", (6, 8)),
        lines("Descriptors", "Is it near its limit of open files?", descriptors, "none", (6, 8)),
        lines("Threads", "How many threads does it run?",
              query(gauge("process_threads"), BY_INSTANCE), "none", (6, 8)),
        lines("Size of a scrape", "How many samples does Prometheus get? A budget bounds them.",
              samples, "none", (12, 8)),
        lines("Duration of a scrape", "How long does a scrape take?",
              query(f"max by (instance) (scrape_duration_seconds{{{PROCESS}}})", BY_INSTANCE), "s", (12, 8)),
        table("Versions", "Which version runs where, and since when?", builds,
              {"instance": "Instance", "version": "Version", "revision": "Revision",
               "swift_version": "Swift"}, (12, 6)),
        table("Targets", "What does each target say of itself?", resource,
              {"instance": "Instance", "service_name": "Service", "service_version": "Version",
               "service_instance_id": "Id"}, (12, 6)),
    ]  # fmt: skip

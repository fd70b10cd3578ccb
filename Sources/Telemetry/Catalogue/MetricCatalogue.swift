internal import Recording

/// Every metric: the exposition, the store's rows and `docs/metrics.md` are made from this table.
///
/// A new metric is a new row here, at the end of its group; then whoever knows the value adds to a
/// `MetricSet`.
public enum MetricCatalogue {
    public static let all: [MetricDefinition] = identity + traffic + store + export + replay + process

    /// The row with that name.
    public static func definition(named name: String) -> MetricDefinition? { places[name].map { all[$0] } }

    static let places = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1.name, $0) })

    /// What stands for every value that a label may not have.
    public static let other = "_OTHER"

    // MARK: Rows

    /// First, since a collector that reads it makes attributes of a resource of it.
    private static let identity = [
        gauge("target_info", "What is scraped, as OpenTelemetry names it", service, in: .identity),
        gauge("mcptape_build_info", "The program that answers; always 1", build, in: .identity),
        gauge(
            "mcptape_slow_threshold_seconds", "From how long on an operation is slow, by the configuration",
            [],
            .seconds, in: .identity),
    ]

    private static let traffic = [
        histogram(
            "mcp_client_operation_duration_seconds",
            "Time from the client's request to its answer; a multi round-trip chain is one operation",
            [server, method, tool, prompt, errorType], latency),
        histogram(
            "mcptape_time_to_first_event_seconds",
            "Time from the client's request to the first message that belongs to it", [server, method],
            latency),
        histogram(
            "mcptape_wait_duration_seconds",
            "Time that a client's operation waited for the client: a person or a model, not the server",
            [server, waitKind], latency),
        histogram(
            "mcp_client_session_duration_seconds", "Time from a session's first event to its end",
            [server, Label("mcp_protocol_version"), errorType], sessionLength),
        gauge(
            "mcptape_operations_in_flight", "Requests of the client that are not answered yet",
            [server, method]),
        counter("mcptape_cancelled_total", "Requests of the client that it cancelled", [server]),
        counter("mcptape_late_total", "Answers that came after the client had cancelled", [server]),
        counter(
            "mcptape_abandoned_total", "Requests of the client without an answer when the session ended",
            [server]),
        counter("mcptape_progress_notifications_total", "Progress notifications of either side", [server]),
        counter(
            "mcptape_messages_total", "Recorded messages; the members of a batch count each",
            [server, direction, messageKind]),
        counter(
            "mcptape_message_bytes_total", "Bytes of recorded messages on the wire", [server, direction],
            .bytes),
        histogram(
            "mcptape_message_size_bytes", "Size of recorded messages on the wire", [direction],
            sizeBounds, .bytes),
        counter("mcptape_sessions_total", "Sessions that began", [server, transport]),
        gauge("mcptape_sessions_active", "Sessions that have not ended", [server, transport]),
        counter(
            "mcptape_protocol_violations_total", "What a peer sent against the protocol", [server, rule]),
        counter("mcptape_gaps_total", "Stretches that a recording lacks", [server, gapReason]),
        counter(
            "mcptape_gap_bytes_total", "Bytes that recordings lack", [server, gapDirection], .bytes),
        counter(
            "mcptape_child_exits_total", "Ends of servers that mcptape started",
            [server, Label("reason", ["exit_0", "exit_nonzero", "signal"])]),
        counter(
            "mcptape_upstream_http_responses_total", "Responses of HTTP servers, by class of status",
            [server, codeClass]),
        counter(
            "mcptape_redactions_total", "Values that were replaced before they were stored",
            [server, redactionRule]),
        counter(
            "mcptape_label_overflow_total", "Values of a label that were folded to _OTHER",
            [
                Label(
                    "label",
                    ["server", "mcp_method_name", "gen_ai_tool_name", "gen_ai_prompt_name", "error_type"])
            ]),
        histogram(
            "mcptape_overhead_seconds",
            "Time that bytes stayed in mcptape, from read to written; without those whose reader was slow",
            [direction], ForwardingTimes.bounds),
    ]

    private static let store = [
        counter(
            "mcptape_store_raw_bytes_total", "Bytes of messages before compression", [], .bytes, in: .store),
        counter(
            "mcptape_store_compressed_bytes_total", "Bytes of messages as they were stored", [], .bytes,
            in: .store),
        counter("mcptape_store_commits_total", "Transactions that stored messages", [], in: .store),
        histogram(
            "mcptape_store_commit_duration_seconds", "Time that such a transaction took", [],
            seconds(
                0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
            in: .store),
        gauge("mcptape_store_bytes", "Size of the store", [], .bytes, in: .store),
        gauge("mcptape_store_free_bytes", "Space free on the store's file system", [], .bytes, in: .store),
        gauge(
            "mcptape_store_free_floor_bytes",
            "Space that retention keeps free there; with less, recordings get gaps", [], .bytes, in: .store),
        gauge(
            "mcptape_store_limit_bytes", "Size over which the oldest recordings are removed", [], .bytes,
            in: .store),
        gauge("mcptape_store_sessions", "Sessions in the store", [], in: .store),
        gauge(
            "mcptape_journals", "Journals, those that a running process writes and those left behind",
            [Label("state", ["recording", "orphaned"])], in: .store),
        gauge("mcptape_journal_bytes", "Size of all journals", [], .bytes, in: .store),
    ]

    private static let export = [
        counter(
            "mcptape_export_items_total", "Spans, points and log records by what became of them",
            [signal, Label("result", ["sent", "rejected", "dropped"])], in: .export),
        histogram(
            "mcptape_export_duration_seconds", "Time that one request to the collector took", [signal],
            seconds(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30), in: .export),
        gauge("mcptape_export_queue_items", "Items that wait to be sent", [signal], in: .export),
        counter("mcptape_export_retries_total", "Requests that were sent again", [signal], in: .export),
    ]

    private static let replay = [
        counter(
            "mcptape_replay_requests_total", "Requests that a recording answered, by how",
            [server, Label("result", ["exact", "repeated", "nearest", "forwarded", "miss"])], in: .replay)
    ]

    /// Names and meanings that every client library of Prometheus gives.
    private static let process = [
        counter("process_cpu_seconds_total", "CPU time, user and system", [], .seconds, in: .process),
        gauge("process_open_fds", "Open file descriptors", [], in: .process),
        gauge("process_max_fds", "Limit of open file descriptors", [], in: .process),
        gauge("process_virtual_memory_bytes", "Virtual memory", [], .bytes, in: .process),
        gauge("process_virtual_memory_max_bytes", "Limit of virtual memory", [], .bytes, in: .process),
        gauge("process_resident_memory_bytes", "Resident memory", [], .bytes, in: .process),
        gauge(
            "process_start_time_seconds", "Start of the process since 1970", [], .seconds, in: .process),
        gauge("process_threads", "Threads of the process", [], in: .process),
    ]
}

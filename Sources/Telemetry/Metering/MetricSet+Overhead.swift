public import Recording
internal import Wire

extension MetricSet {
    /// Adds how long chunks stayed with us.
    public mutating func add(_ times: ForwardingTimes) {
        for (direction, label) in [
            (Direction.clientToServer, "client_to_server"), (.serverToClient, "server_to_client"),
        ] {
            let lane = times[direction]
            let counts = lane.counts.map { Int64(truncatingIfNeeded: $0) }
            guard counts.contains(where: { $0 != 0 }) else { continue }
            add(
                HistogramValue(buckets: counts, sum: Int64(truncatingIfNeeded: lane.total)),
                to: "mcptape_overhead_seconds", [label])
        }
    }
}

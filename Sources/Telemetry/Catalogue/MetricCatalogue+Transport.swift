public import Recording

extension MetricCatalogue {
    /// What carries a session, as a label: HTTP+SSE apart from the HTTP of later revisions.
    public static func label(ofTransport session: SessionDescription) -> String {
        session.isEventSession ? "sse" : session.transport.rawValue
    }
}

import Wire

/// From counts to series.
extension MeteredChanges {
    /// The series that the changes add to, all labels bounded by `register`, and a count of what was folded.
    public func series<Register: LabelRegister>(
        admittedBy register: inout Register
    ) throws(Register.Failure) -> MetricSet {
        register.beginBatch()
        var set = MetricSet()
        var server = self.server
        if try !register.admits(server: server) {
            server = MetricCatalogue.other
            set.add(1, to: "mcptape_label_overflow_total", ["server"])
        }
        addFixed(server, to: &set)
        for (series, value) in others.values {
            var labels = series.labels
            if series.metric.definition.labels.first == MetricCatalogue.server { labels[0] = server }
            switch value {
            case .number(let number): set.add(number, to: series.metric, labels)
            case .histogram(let values): set.add(values, to: series.metric, labels)
            }
        }
        // An operation without progress stands for two buckets, and its ids are digests.
        var newest: (exchange: Int, trace: OperationTrace, ids: Exemplar?)?
        func exemplar(_ example: Example) -> Exemplar? {
            if let newest, newest.exchange == example.exchange, newest.trace == example.trace {
                return newest.ids.map { example.exemplar(withIDsOf: $0, from: start) }
            }
            let made = example.exemplar(in: session, from: start)
            newest = (example.exchange, example.trace, made)
            return made
        }
        for (method, values) in firstEvents.entries(exemplar) {
            set.add(values, to: "mcptape_time_to_first_event_seconds", [server, method])
        }
        for step in steps {
            for name in step.advertised {
                try register.advertise(name.name, as: name.label, of: server)
            }
            for (key, values) in step.operations.entries(exemplar) {
                try add(key, values, server, &register, to: &set)
            }
        }
        return set
    }

    private func add<Register: LabelRegister>(
        _ key: OperationKey, _ values: HistogramValue, _ server: String, _ register: inout Register,
        to set: inout MetricSet
    ) throws(Register.Failure) {
        let metric: Metric = "mcp_client_operation_duration_seconds"
        let overflow: Metric = "mcptape_label_overflow_total"
        var name = key.name
        let label = OperationKey.label(ofNameOf: key.method)
        if let label, !name.isEmpty {
            var isAdmitted = name != MetricCatalogue.other
            if isAdmitted { isAdmitted = try register.admits(name, as: label, of: server) }
            if !isAdmitted {
                name = MetricCatalogue.other
                set.add(values.count, to: overflow, [label])
            }
        }
        if key.method == MetricCatalogue.other {
            set.add(values.count, to: overflow, [MetricCatalogue.method.name])
        }
        func labels(_ name: String, _ errorType: String) -> [String] {
            let isTool = label == MetricCatalogue.tool.name
            return [server, key.method, isTool ? name : "", isTool ? "" : name, errorType]
        }
        let series = MetricSet.Series(metric, labels(name, key.errorType))
        if try register.admits(series) {
            set.add(values, to: metric, series.labels)
        } else {
            // Few enough to need no budget: methods, with a name or without, failed or not.
            let other = MetricCatalogue.other
            let folded = labels(name.isEmpty ? "" : other, key.errorType.isEmpty ? "" : other)
            set.add(values, to: metric, folded)
            set.add(values.count, to: overflow, [label ?? MetricCatalogue.errorType.name])
        }
    }

    /// What has fixed labels beside the server's name.
    private func addFixed(_ server: String, to set: inout MetricSet) {
        let kinds = MetricCatalogue.messageKind.values
        for (direction, word) in MetricCatalogue.direction.values.enumerated() {
            for (kind, label) in kinds.enumerated() where messages[direction * kinds.count + kind] != 0 {
                set.add(
                    messages[direction * kinds.count + kind], to: "mcptape_messages_total",
                    [server, word, label])
            }
        }
        for (direction, values) in sizes.entries {
            let word = MetricCatalogue.direction.values[Int(direction)]
            set.add(bytes[Int(direction)], to: "mcptape_message_bytes_total", [server, word])
            set.add(values, to: "mcptape_message_size_bytes", [word])
        }
        for (count, label) in zip(violations, MetricCatalogue.rule.values) where count != 0 {
            set.add(count, to: "mcptape_protocol_violations_total", [server, label])
        }
        for (count, label) in zip(responses, MetricCatalogue.codeClass.values) where count != 0 {
            set.add(count, to: "mcptape_upstream_http_responses_total", [server, label])
        }
        for (kind, values) in waits.entries {
            let label = MetricCatalogue.waitKind.values[Int(kind)]
            set.add(values, to: "mcptape_wait_duration_seconds", [server, label])
        }
        if cancelled != 0 { set.add(cancelled, to: "mcptape_cancelled_total", [server]) }
        if late != 0 { set.add(late, to: "mcptape_late_total", [server]) }
        if abandoned != 0 { set.add(abandoned, to: "mcptape_abandoned_total", [server]) }
        if progress != 0 { set.add(progress, to: "mcptape_progress_notifications_total", [server]) }
    }
}

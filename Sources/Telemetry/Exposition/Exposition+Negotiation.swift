extension Exposition {
    /// The format to answer a request's `Accept` with.
    ///
    /// OpenMetrics only where it is named, in a version that we write, and not liked less than text; anything
    /// else is answered with text, which every scraper reads. Source: RFC 9110 §12.5.1.
    public static func format(accept: String?) -> Format {
        var openMetrics = -1.0
        var text: (quality: Double, precision: Int) = (-1, -1)
        for part in (accept ?? "").split(separator: ",") {
            guard let range = MediaRange(part) else { continue }
            switch range.type {
            case "application/openmetrics-text" where range.version == nil || range.version == "1.0.0":
                openMetrics = max(openMetrics, range.quality)
            case "text/plain" where range.version == nil || range.version == "0.0.4":
                text = text.precision < 2 ? (range.quality, 2) : (max(text.quality, range.quality), 2)
            case "text/*" where text.precision < 1: text = (range.quality, 1)
            case "*/*" where text.precision < 0: text = (range.quality, 0)
            default: continue
            }
        }
        return openMetrics > 0 && openMetrics >= text.quality ? .openMetrics : .text
    }

    /// One of the alternatives of an `Accept` field, in lower case.
    private struct MediaRange {
        var type: String
        var version: String?
        var quality = 1.0

        init?(_ text: Substring) {
            var parameters = text.split(separator: ";").map { MediaRange.trimmed($0) }
            guard !parameters.isEmpty else { return nil }
            type = parameters.removeFirst().lowercased()
            for parameter in parameters {
                let pair = parameter.split(separator: "=", maxSplits: 1).map { MediaRange.trimmed($0) }
                guard pair.count == 2 else { continue }
                let value = pair[1].filter { $0 != "\"" }
                switch pair[0].lowercased() {
                case "version": version = String(value)
                case "q":
                    // A quality that cannot be read is none.
                    let quality = Double(String(value)) ?? 0
                    self.quality = (0...1).contains(quality) ? quality : 0
                default: continue
                }
            }
        }

        private static func trimmed(_ text: Substring) -> Substring {
            var text = text
            while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
            while let last = text.last, last == " " || last == "\t" { text.removeLast() }
            return text
        }
    }
}

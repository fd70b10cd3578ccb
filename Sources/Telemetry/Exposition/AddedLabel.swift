/// A label that an operator adds to every series of a file for node_exporter: it tells that file's series
/// from those of the other files in its directory, which are all one target.
public struct AddedLabel: Sendable, Hashable {
    public let name: String
    public let value: String

    /// What is wrong with a text that was meant as one.
    public struct Fault: Error, Sendable, Equatable {
        /// One sentence without a full stop.
        public let message: String
    }

    /// As long as the name of a tool may be.
    public static let valueLimit = 128

    /// Reads `NAME=VALUE`.
    ///
    /// The name is one that no metric has, nor Prometheus for itself.
    /// Source: prometheus/docs, data model: metric names and labels.
    public init(parsing text: String) throws(Fault) {
        guard let equals = text.firstIndex(of: "=") else {
            throw Fault(message: "\(text): say NAME=VALUE, as in team=search")
        }
        let name = String(text[..<equals])
        let value = String(text[text.index(after: equals)...])
        let isName =
            name.utf8.allSatisfy { AddedLabel.isLetter($0) || (0x30...0x39).contains($0) }
            && name.utf8.first.map(AddedLabel.isLetter) == true
        guard isName, !name.hasPrefix("__") else {
            throw Fault(
                message: "\(text): a label's name has letters, digits and _, and begins with a letter")
        }
        guard !AddedLabel.taken.contains(name) else {
            throw Fault(message: "\(text): metrics have a label \(name) already, or Prometheus adds it")
        }
        guard !value.isEmpty, value.utf8.count <= AddedLabel.valueLimit,
            !value.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
        else {
            throw Fault(
                message: "\(text): a value has 1 to \(AddedLabel.valueLimit) bytes, and none of control")
        }
        self.name = name
        self.value = value
    }

    private static let taken = Set(MetricCatalogue.all.flatMap { $0.labels.map(\.name) })
        .union(["le", "quantile", "job", "instance"])

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte & 0xDF) || byte == 0x5F
    }
}

internal import Recording
internal import Wire

extension PageAnswer {
    /// An object that `write` makes.
    static func object<Failure: Error>(
        status: Int = 200, _ write: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) -> PageAnswer {
        // A program reads it: what one cannot see stays as it is, and the page shows it as it likes.
        var json = JSONWriter()
        try json.object(write)
        return .json(status: status, json.bytes)
    }

    /// JSON text.
    static func json(status: Int = 200, _ text: [UInt8]) -> PageAnswer {
        PageAnswer(status, contentType: "application/json", body: text)
    }

    /// Why there is no answer: a sentence for a person, and where in a filter it goes wrong, from 1.
    static func failure(_ status: Int, _ sentence: String, column: Int? = nil) -> PageAnswer {
        .object(status: status) { json in
            json.member("error", sentence)
            json.member("column", ifPresent: column)
        }
    }
}

/// Why a question is not answered.
struct APIFailure: Error {
    var answer: PageAnswer

    init(_ status: Int, _ sentence: String, column: Int? = nil) {
        answer = .failure(status, sentence, column: column)
    }

    init(_ failure: SourceFailure) {
        let status =
            switch failure.kind {
            case .missing: 404
            case .refused: 403
            case .unfinished: 409
            case .newer, .damaged, .io: 500
            }
        self.init(status, failure.message)
    }

    init(_ error: FilterError) { self.init(400, error.line, column: error.column) }
}

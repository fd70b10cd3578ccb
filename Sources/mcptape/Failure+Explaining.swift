import HTTPTransport
import Recording
import Store

extension Failure {
    /// Whether one of our modules threw it; everything else is the argument parser's.
    static func isOurs(_ error: any Error) -> Bool {
        error is Failure || error is SourceFailure || error is StoreFailure
    }

    /// What a module threw, as this program says it.
    static func explaining(_ error: any Error) -> Failure {
        switch error {
        case let failure as Failure: failure
        case let failure as SourceFailure: Failure(status(of: failure.kind), failure.message)
        case let failure as StoreFailure:
            Failure(status(of: failure.asSourceFailure.kind), failure.asSourceFailure.message)
        default: Failure(Failure.internal, "\(error)")
        }
    }

    private static func status(of kind: SourceFailure.Kind) -> Int32 {
        switch kind {
        case .missing: noInput
        case .newer, .damaged, .io: io
        case .refused, .unfinished: refused
        }
    }
}

extension HTTPFailure {
    /// What a listener or a probe threw, as this program says it.
    var asFailure: Failure {
        switch kind {
        case .setting: Failure(Failure.usage, message)
        case .file: Failure(Failure.noInput, message)
        case .listen: Failure(Failure.io, message)
        }
    }
}

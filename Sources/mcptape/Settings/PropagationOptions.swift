import ArgumentParser
import Recording

/// Whether `record` takes part in the traces that pass through it.
struct PropagationOptions: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "Put a span of ours into 'params._meta.traceparent' of each request, so that the server's spans "
                + "stand below it. Changes what the server gets."))
    var propagate = false

    /// What edits the requests of what `recorder` records; nil: they pass as they come.
    func propagator(recorder: SessionID) -> TracePropagator? {
        propagate ? TracePropagator(recorder: recorder) : nil
    }
}

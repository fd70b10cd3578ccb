import ArgumentParser

/// Whom `replay` answers.
struct EraOptions: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "Answer clients of the protocol's other era too, where a translation is exact (docs/eras.md)."))
    var translateEra = false
}

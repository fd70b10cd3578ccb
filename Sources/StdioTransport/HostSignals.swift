internal import CSystemCalls

/// The signals that we were given, for children of a program that holds some back for itself.
public enum HostSignals {
    /// Children get the mask of now, whatever is held back later. Call it before anything is.
    public static func remember() { csystem_signals_keep_given_mask() }
}

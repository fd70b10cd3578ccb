internal import CSystemCalls

/// Which commit the program was built from, as whoever built it said: `MCPTAPE_REVISION` in the environment
/// of `swift build`, which `make release` sets.
public enum BuildRevision {
    /// Empty when nobody said.
    public static let text = String(cString: csystem_build_revision())
}

/// The built-in rules that look at what a value or a name is, each of which can be switched off.
public enum BuiltInDetector {
    /// Names of members, of variables and of parameters: `password`, `API_KEY=`.
    public static let memberNames = "names"
    /// `scheme://user:password@host`.
    public static let userInfo = "user-info"
    /// What follows `Bearer` and `Basic`.
    public static let authorization = "authorization"
    /// `eyJ….….…`
    public static let webToken = "jwt"
    /// A PEM block with a private key.
    public static let privateKey = "private-key"

    /// All of them, in the order in which people are told; tokens with a known prefix by the label that
    /// stands in their placeholders.
    public static let names: [String] = {
        var names = [memberNames, userInfo, authorization, webToken, privateKey]
        for shape in SecretShapes.shapes where !names.contains(label(of: shape.kind)) {
            names.append(label(of: shape.kind))
        }
        return names
    }()

    /// `GitHub token` as a label: `github-token`.
    static func label(of kind: String) -> String {
        String(kind.lowercased().map { $0 == " " ? "-" : $0 }.prefix(Placeholder.labelLimit))
    }
}

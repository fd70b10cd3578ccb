import Testing

@testable import Replay

/// Output that a runner of GitHub Actions also reads.
struct GitHubTextTests {
    @Test(arguments: [
        ("::error::x", "\\u003a:error::x"), ("  ::error::x", "  \\u003a:error::x"),
        ("a ##[error]x", "a #\\u0023[error]x"), ("#2 tools/call a::b", "#2 tools/call a::b"), ("", ""),
    ])
    func `a line of text is no command`(_ line: String, _ inert: String) {
        #expect(GitHubText.inert(line) == inert)
    }
}

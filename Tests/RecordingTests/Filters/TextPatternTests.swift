import Testing

@testable import Recording

struct TextPatternTests {
    @Test(arguments: [
        ("a", "a", true), ("a", "ab", false), ("", "", true), ("", "a", false), ("*", "", true),
        ("*", "abc", true),
        ("a*", "abc", true), ("*c", "abc", true), ("a*c", "abc", true), ("a*c", "ac", true),
        ("a*a", "a", false),
        ("*b*", "abc", true), ("*b*", "ac", false), ("a**c", "abc", true), ("*ab*ab*", "ab", false),
        ("*ab*ab*", "abab", true), ("é*", "été", true),
    ])
    func `a star is any run of characters`(pattern: String, text: String, expected: Bool) {
        #expect(TextPattern(pattern).matches(text) == expected)
    }

    @Test func `a literal star is a star`() {
        #expect(TextPattern(literally: "a*").matches("a*"))
        #expect(!TextPattern(literally: "a*").matches("ab"))
    }

    @Test func `a name without stars is also a beginning`() {
        #expect(TextPattern("7k").matchesPrefix(of: "7k2f"))
        #expect(!TextPattern("7k*x").matchesPrefix(of: "7k2f"))
    }
}

import Testing

@testable import Viewer

struct ServerVersionTests {
    /// Each is older than all that follow.
    private static let ascending = [
        ServerVersion("nonsense", installed: 90), ServerVersion("0.1.0-alpha", installed: 80),
        ServerVersion("0.1.0-alpha.2", installed: 70), ServerVersion("0.1.0-alpha.10", installed: 60),
        ServerVersion("0.1.0-alpha.x", installed: 50), ServerVersion("0.1.0", installed: 40),
        ServerVersion("0.1.1+aa", installed: nil), ServerVersion("0.1.1+ff", installed: 10),
        ServerVersion("0.1.1+bb", installed: 11), ServerVersion("0.9.0", installed: 4),
        ServerVersion("0.10.0-rc.1+cc", installed: 3), ServerVersion("0.10.0+cc", installed: 2),
        ServerVersion("1.0.0", installed: 1),
    ]

    @Test
    func `versions have one order, whenever they were installed, and builds of one have that of their files`()
    {
        for (place, one) in Self.ascending.enumerated() {
            for (otherPlace, other) in Self.ascending.enumerated() {
                #expect(one.isOlder(than: other) == (place < otherPlace), "\(one) \(other)")
            }
        }
    }

    @Test func `the same build is not older than itself, wherever it was copied to`() {
        let here = ServerVersion("0.1.0+aa", installed: 1)
        let there = ServerVersion("0.1.0+aa", installed: 2)
        #expect(!here.isOlder(than: there) && !there.isOlder(than: here))
        // Files of some packages have no times: whoever is there stays.
        let other = ServerVersion("0.1.0+bb", installed: 1)
        #expect(!here.isOlder(than: other) && !other.isOlder(than: here))
    }
}

import Testing

@testable import Recording

struct SessionIDTextTests {
    @Test func `an id is twelve characters without look-alikes`() {
        #expect(SessionIDText.id(from: 0).text == "000000000000")
        #expect(SessionIDText.id(from: .max).text == "zzzzzzzzzzzz")
        #expect(SessionIDText.id(from: 1).text == "000000000001")
        #expect(SessionIDText.alphabet.count == 32)
    }

    @Test func `different bits give different ids`() {
        var random = SeededRandom(seed: 1)
        let ids = Set((0..<10_000).map { _ in SessionIDText.id(from: random.next()).text })
        #expect(ids.count == 10_000)
        #expect(ids.allSatisfy { SessionIDText.isWellFormed($0) })
    }

    @Test func `other texts are no ids`() {
        for text in ["", "00000000000", "0000000000000", "00000000000l", "00000000000U"] {
            #expect(!SessionIDText.isWellFormed(text))
        }
    }
}

import Testing
import Wire

struct DirectionTests {
    @Test(arguments: Direction.allCases)
    func `the word names the direction`(_ direction: Direction) {
        #expect(Direction(word: direction.word) == direction)
        #expect(direction.opposite != direction)
    }
}

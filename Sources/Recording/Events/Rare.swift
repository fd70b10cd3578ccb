/// A large value that is rarely there, in a place of its own: nil takes one word.
@propertyWrapper
struct Rare<Value: Sendable>: Sendable {
    /// One, or none.
    private var place: [Value]

    init(wrappedValue: Value?) { place = wrappedValue.map { [$0] } ?? [] }

    var wrappedValue: Value? {
        get { place.first }
        set { place = newValue.map { [$0] } ?? [] }
    }
}

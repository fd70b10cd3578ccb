extension Store {
    func isBelowFloor() throws(StoreFailure) -> Bool { false }
    func pruneForSpace() throws(StoreFailure) -> Bool { false }
    func pruneSlice() throws(StoreFailure) -> Bool { true }
}

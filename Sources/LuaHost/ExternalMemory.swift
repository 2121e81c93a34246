/// Decides when growing native memory makes a garbage collection worth its time: whenever it has grown by half since the
/// last one, but by 64 MB at least and 512 MB at most.
struct ExternalMemory {
    private var floor = 0

    /// - Parameter bytes: what Swift objects hold now.
    mutating func shouldCollect(at bytes: Int) -> Bool {
        floor = min(floor, bytes)
        return bytes - floor > min(max(floor / 2, 64 << 20), 512 << 20)
    }

    mutating func didCollect(at bytes: Int) { floor = bytes }
}

/// Decides when handles of Swift objects make a garbage collection worth its time. Lua's own pace falls behind where a program makes many
/// objects that are soon given up, since each has a finalizer, and what waits for its finalizer counts as memory in use: the heap of a run
/// with a callback at each step would grow as long as the run.
struct HandleGrowth {
    /// Handles between two looks at the heap.
    static let interval = 4096

    private var count = 0
    private var floor = Int64.max

    /// - Parameter heap: bytes of Lua's heap, asked for every ``interval`` handles.
    /// - Returns: whether it has grown by half since the last collection.
    mutating func shouldCollect(heap: () -> Int64) -> Bool {
        count += 1
        guard count >= Self.interval else { return false }
        count = 0
        let bytes = heap()
        if floor == .max { floor = bytes }
        floor = min(floor, bytes)
        return bytes > floor + floor / 2
    }

    mutating func didCollect(heap: Int64) { floor = heap }
}

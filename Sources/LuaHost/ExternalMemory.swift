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

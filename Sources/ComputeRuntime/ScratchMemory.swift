/// Memory that kernels need for the length of a call.
package enum ScratchMemory {
    /// Calls `body` with `byteCount` bytes, aligned to 64 and not initialised.
    package static func with<Result>(byteCount: Int, _ body: (UnsafeMutableRawPointer) throws -> Result) rethrows -> Result {
        let block = MemoryPool.shared.take(byteCount)
        defer { MemoryPool.shared.give(block) }
        return try body(block.pointer)
    }
}

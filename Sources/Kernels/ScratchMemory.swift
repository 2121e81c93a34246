import Synchronization

/// Memory that kernels need for the length of a call. Blocks are kept for the next call, since mapping fresh pages costs more
/// than filling them.
enum ScratchMemory {
    private struct Block: @unchecked Sendable {
        let pointer: UnsafeMutableRawPointer
        let byteCount: Int
    }

    /// Free blocks, the one given back last at the end.
    private static let free = Mutex<[Block]>([])
    /// More free blocks than this are of no use.
    private static let keptCount = 8

    /// Calls `body` with `byteCount` bytes, aligned to 64 and not initialised.
    static func with<Result>(byteCount: Int, _ body: (UnsafeMutableRawPointer) throws -> Result) rethrows -> Result {
        let block = take(byteCount)
        defer { give(block) }
        return try body(block.pointer)
    }

    private static func take(_ byteCount: Int) -> Block {
        // The smallest that is large enough, unless most of it would lie idle.
        let known: Block? = free.withLock { blocks in
            let fitting = blocks.indices.filter { blocks[$0].byteCount >= byteCount && blocks[$0].byteCount / 4 <= byteCount }
            return fitting.min { blocks[$0].byteCount < blocks[$1].byteCount }.map { blocks.remove(at: $0) }
        }
        if let known { return known }
        let size = max(4096, byteCount)
        return Block(pointer: .allocate(byteCount: size, alignment: 64), byteCount: size)
    }

    private static func give(_ block: Block) {
        let surplus: Block? = free.withLock { blocks in
            blocks.append(block)
            return blocks.count > keptCount ? blocks.removeFirst() : nil
        }
        surplus?.pointer.deallocate()
    }
}

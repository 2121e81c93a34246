import ComputeRuntime
import Kernels

/// A block of memory that tensors share, taken from ``MemoryPool`` or borrowed.
public final class Storage {
    /// Start of the block, aligned to 64 bytes unless it was adopted.
    public let pointer: UnsafeMutableRawPointer
    /// Bytes asked for.
    public let byteCount: Int
    /// How often the block has been written to in place since it was made. The tape compares it before it goes back, and what was
    /// derived from weights is made again after a change.
    public private(set) var version = 0
    /// What keeps borrowed memory alive.
    private let owner: AnyObject?
    private let block: MemoryPool.Block?

    /// Of tensors without values.
    static let none = Storage(byteCount: 0)

    /// Allocates uninitialised memory; the program ends if it cannot be had.
    public convenience init(byteCount: Int) {
        self.init(MemoryPool.shared.take(byteCount), byteCount: byteCount)
    }

    /// Allocates uninitialised memory.
    /// - Throws: `MemoryError` if the process may not have so much.
    public convenience init(requesting byteCount: Int) throws {
        self.init(try MemoryPool.shared.request(byteCount), byteCount: byteCount)
    }

    private init(_ block: MemoryPool.Block, byteCount: Int) {
        self.byteCount = byteCount
        owner = nil
        self.block = block
        pointer = block.pointer
    }

    /// Adopts memory that `owner` keeps alive, such as a mapped file. It may be read-only.
    public init(borrowing pointer: UnsafeMutableRawPointer, byteCount: Int, owner: AnyObject) {
        self.pointer = pointer
        self.byteCount = byteCount
        self.owner = owner
        block = nil
    }

    deinit {
        if let block { MemoryPool.shared.give(block) }
    }

    /// Notes a change in place. Whoever writes to parameters by pointer calls it afterwards.
    public func didChange() { version += 1 }

    /// Bytes held by live storages that own their memory; what the Lua collector is told about.
    public static var liveByteCount: Int { MemoryPool.shared.liveByteCount }
}

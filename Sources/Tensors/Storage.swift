import Glibc

/// A block of memory that tensors share. Freed blocks are kept for the next tensor of like size, since mapping fresh
/// pages for every activation costs more than filling them.
public final class Storage {
    /// Start of the block, aligned to 64 bytes unless it was adopted.
    public let pointer: UnsafeMutableRawPointer
    /// Bytes asked for.
    public let byteCount: Int
    /// How often the block has been written to in place since it was made. The tape compares it before it goes back, and what was
    /// derived from weights is made again after a change.
    public private(set) var version = 0
    private let owner: AnyObject?
    private let capacity: Int

    /// Allocates uninitialised memory.
    public init(byteCount: Int) {
        self.byteCount = byteCount
        owner = nil
        capacity = StorageCache.roundUp(byteCount)
        pointer = StorageCache.shared.take(capacity)
    }

    /// Adopts memory that `owner` keeps alive, such as a mapped file. It may be read-only.
    public init(borrowing pointer: UnsafeMutableRawPointer, byteCount: Int, owner: AnyObject) {
        self.pointer = pointer
        self.byteCount = byteCount
        self.owner = owner
        capacity = 0
    }

    deinit {
        if owner == nil { StorageCache.shared.give(pointer, capacity) }
    }

    /// Notes a change in place. Whoever writes to parameters by pointer calls it afterwards.
    public func didChange() { version += 1 }

    /// Bytes held by live storages that own their memory; what the Lua collector is told about.
    public static var liveByteCount: Int { StorageCache.shared.liveByteCount }
}

/// Free blocks by size class. Guarded by a mutex: tensors may be released on any thread.
private final class StorageCache: @unchecked Sendable {
    static let shared = StorageCache()

    /// Larger caches than this are given back, in bytes.
    private let cacheLimit = 2 << 30
    private var free: [Int: [UnsafeMutableRawPointer]] = [:]
    private var cachedByteCount = 0
    private(set) var liveByteCount = 0
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    init() { pthread_mutex_init(mutex, nil) }

    /// Size classes are eight to each power of two, so that at most an eighth of a block is wasted.
    static func roundUp(_ byteCount: Int) -> Int {
        if byteCount <= 4096 { return max(64, (byteCount + 63) & ~63) }
        let step = 1 << (Int.bitWidth - 1 - byteCount.leadingZeroBitCount - 3)
        return (byteCount + step - 1) / step * step
    }

    func take(_ capacity: Int) -> UnsafeMutableRawPointer {
        pthread_mutex_lock(mutex)
        liveByteCount += capacity
        if let block = free[capacity]?.popLast() {
            cachedByteCount -= capacity
            pthread_mutex_unlock(mutex)
            return block
        }
        pthread_mutex_unlock(mutex)
        return .allocate(byteCount: capacity, alignment: 64)
    }

    func give(_ pointer: UnsafeMutableRawPointer, _ capacity: Int) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        liveByteCount -= capacity
        if cachedByteCount + capacity > cacheLimit {
            pointer.deallocate()
            return
        }
        free[capacity, default: []].append(pointer)
        cachedByteCount += capacity
    }

    func drain() {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        for blocks in free.values { for block in blocks { block.deallocate() } }
        free.removeAll()
        cachedByteCount = 0
    }
}

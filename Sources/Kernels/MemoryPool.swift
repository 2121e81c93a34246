import Glibc

/// Memory of tensors and kernels. Blocks that are given back are kept for the next that fit, since mapping fresh pages costs more
/// than filling them, and unmapping stops every thread.
///
/// What is kept never makes the whole larger than what was once in use at the same time, but for ``slack``.
public final class MemoryPool: @unchecked Sendable {
    public static let shared = MemoryPool()

    /// A block of at least the size that was asked for, aligned to 64 bytes.
    public struct Block {
        public let pointer: UnsafeMutableRawPointer
        public let byteCount: Int
    }

    /// Bytes that may be kept beyond the most that was in use.
    private static let slack = 32 << 20
    /// Blocks from here on are mapped by themselves, so that they leave no holes in the heap.
    private static let mappedSize = 256 << 10
    /// And from here on in large pages where the system has them.
    private static let largePageSize = 2 << 20

    /// Free blocks of a size, the one given back last at the end, each with the turn in which it was.
    private var free: [Int: [(pointer: UnsafeMutableRawPointer, turn: Int)]] = [:]
    /// The sizes of free blocks, ascending.
    private var freeSizes: [Int] = []
    private var freeByteCount = 0
    private var usedByteCount = 0
    private var mostUsedByteCount = 0
    private var turn = 0
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    private init() { pthread_mutex_init(mutex, nil) }

    /// Bytes of all blocks in use.
    public var liveByteCount: Int {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return usedByteCount
    }

    /// A block of at least `byteCount` bytes, not initialised.
    public func take(_ byteCount: Int) -> Block {
        let size = Self.roundUp(byteCount)
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let block = takeFree(size) ?? Block(pointer: Self.allocate(size), byteCount: size)
        usedByteCount += block.byteCount
        mostUsedByteCount = max(mostUsedByteCount, usedByteCount)
        return block
    }

    /// Takes a block back.
    public func give(_ block: Block) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        usedByteCount -= block.byteCount
        turn += 1
        if free[block.byteCount] == nil {
            freeSizes.insert(block.byteCount, at: firstFree(from: block.byteCount))
        }
        free[block.byteCount, default: []].append((block.pointer, turn))
        freeByteCount += block.byteCount
    }

    /// Size classes are eight to each power of two, so that at most an eighth of a block is wasted.
    private static func roundUp(_ byteCount: Int) -> Int {
        if byteCount <= 4096 { return max(64, (byteCount + 63) & ~63) }
        let step = 1 << (Int.bitWidth - 1 - byteCount.leadingZeroBitCount - 3)
        return (byteCount + step - 1) / step * step
    }

    /// The index in ``freeSizes`` of the first size that is not smaller.
    private func firstFree(from size: Int) -> Int {
        var low = 0, high = freeSizes.count
        while low < high {
            let middle = (low + high) / 2
            if freeSizes[middle] < size { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The smallest free block that fits, unless a fifth of it would lie idle; room is made where there is none.
    private func takeFree(_ size: Int) -> Block? {
        let index = firstFree(from: size)
        if index < freeSizes.count, freeSizes[index] <= size + size / 4 {
            let found = freeSizes[index]
            return Block(pointer: remove(found, at: free[found]!.count - 1), byteCount: found)
        }
        // The blocks that nobody wanted for longest go first.
        let limit = max(mostUsedByteCount, usedByteCount + size) + Self.slack
        while freeByteCount > 0, usedByteCount + size + freeByteCount > limit {
            let oldest = freeSizes.min { free[$0]![0].turn < free[$1]![0].turn }!
            Self.deallocate(remove(oldest, at: 0), oldest)
        }
        return nil
    }

    private func remove(_ size: Int, at index: Int) -> UnsafeMutableRawPointer {
        let pointer = free[size]!.remove(at: index).pointer
        if free[size]!.isEmpty {
            free[size] = nil
            freeSizes.remove(at: firstFree(from: size))
        }
        freeByteCount -= size
        return pointer
    }

    private static func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        if size < mappedSize { return .allocate(byteCount: size, alignment: 64) }
        // Large pages begin at multiples of their size, so that more is mapped and the surplus given back.
        let room = size < largePageSize ? mappedLength(size) : size + largePageSize
        guard let start = mmap(nil, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), start != MAP_FAILED else {
            fatalError("out of memory: \(size) bytes could not be had")
        }
        if size < largePageSize { return start }
        let surplus = (largePageSize - Int(bitPattern: start) % largePageSize) % largePageSize, pointer = start + surplus
        if surplus > 0 { munmap(start, surplus) }
        let end = mappedLength(size)
        if room - surplus > end { munmap(pointer + end, room - surplus - end) }
        madvise(pointer, end, MADV_HUGEPAGE)
        return pointer
    }

    private static let pageSize = sysconf(Int32(_SC_PAGESIZE))

    /// `size` rounded up to whole small pages.
    private static func mappedLength(_ size: Int) -> Int { (size + pageSize - 1) / pageSize * pageSize }

    private static func deallocate(_ pointer: UnsafeMutableRawPointer, _ size: Int) {
        if size < mappedSize { pointer.deallocate() } else { munmap(pointer, mappedLength(size)) }
    }
}

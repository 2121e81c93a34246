import Glibc

/// Memory of tensors and kernels. What is given back is kept for the next that asks, since fresh pages cost more than filling
/// them, and unmapping stops every thread.
///
/// Small blocks are kept by their size. Large ones are cut out of mapped memory and joined with their neighbours when they come
/// back, so that batches of any lengths find room in what was used before.
public final class MemoryPool: @unchecked Sendable {
    public static let shared = MemoryPool()

    /// A block of at least the size that was asked for, aligned to 64 bytes.
    public struct Block {
        public let pointer: UnsafeMutableRawPointer
        public let byteCount: Int
    }

    /// Blocks from here on are cut out of mapped memory.
    private static let largeSize = 256 << 10
    /// Large blocks are multiples of this.
    private static let largeStep = 16 << 10
    /// The least that is mapped at once. Pages that nobody has written to take no memory.
    private static let growth = 64 << 20
    /// Mapped memory consists of these, where the system has pages of this size.
    private static let largePageSize = 2 << 20
    /// Bytes of small blocks that are kept.
    private static let smallLimit = 32 << 20
    /// So many bytes of new small blocks are taken between two looks at what the process may use.
    private static let smallInterval = 16 << 20
    /// No block is larger; no processor addresses more.
    private static let largestSize = 1 << 47

    private var smallBlocks: [Int: [UnsafeMutableRawPointer]] = [:]
    private var smallByteCount = 0
    private var newSmallByteCount = 0
    private var ranges = FreeRanges()
    /// Where the last mapping begins; the next one is put below it, so that both become one.
    private var lowestAddress: UInt = 0
    private var usedByteCount = 0
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    private init() { pthread_mutex_init(mutex, nil) }

    /// Bytes of all blocks in use.
    public var liveByteCount: Int {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return usedByteCount
    }

    /// A block of at least `byteCount` bytes, not initialised.
    /// - Throws: ``MemoryError`` if the process may not have so many.
    public func request(_ byteCount: Int) throws(MemoryError) -> Block {
        do {
            return try block(byteCount)
        } catch {
            guard MemoryShortage.relieve() else { throw error }
            return try block(byteCount)
        }
    }

    /// The same where nobody could catch an error, as in kernels: the program ends if the memory cannot be had.
    public func take(_ byteCount: Int) -> Block {
        do {
            return try request(byteCount)
        } catch {
            Termination.outOfMemory.end("out of memory: \(error)")
        }
    }

    /// Throws if `byteCount` bytes, which a kernel is about to ask for in one piece or several, cannot be had.
    public func check(_ byteCount: Int) throws(MemoryError) {
        guard let missing = missing(byteCount) else { return }
        do {
            try MemoryLimit.check(missing)
        } catch {
            guard MemoryShortage.relieve() else { throw MemoryError(asked: byteCount, limit: error.limit) }
            if let missing = self.missing(byteCount) { try MemoryLimit.check(missing) }
        }
    }

    /// How many of so many bytes are more than what is mapped and free; nil if none are, or too few to look.
    private func missing(_ byteCount: Int) -> Int? {
        if byteCount < MemoryLimit.checkedSize { return nil }
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let free = ranges.byteCount
        return byteCount > free ? byteCount - free : nil
    }

    private func block(_ byteCount: Int) throws(MemoryError) -> Block {
        guard byteCount >= 0, byteCount <= Self.largestSize else { throw MemoryError(asked: byteCount < 0 ? .max : byteCount) }
        let size = Self.roundUp(byteCount)
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let pointer = size < Self.largeSize ? try takeSmall(size) : try takeLarge(size)
        usedByteCount += size
        return Block(pointer: pointer, byteCount: size)
    }

    /// Takes a block back.
    public func give(_ block: Block) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        usedByteCount -= block.byteCount
        if block.byteCount >= Self.largeSize {
            let start = UInt(bitPattern: block.pointer)
            ranges.insert(start..<start + UInt(block.byteCount))
        } else if smallByteCount + block.byteCount <= Self.smallLimit {
            smallBlocks[block.byteCount, default: []].append(block.pointer)
            smallByteCount += block.byteCount
        } else {
            free(block.pointer)
        }
    }

    /// Sizes come in classes, eight to each power of two at least, so that at most an eighth of a block is wasted.
    private static func roundUp(_ byteCount: Int) -> Int {
        if byteCount <= 4096 { return max(64, (byteCount + 63) & ~63) }
        let step = min(largeStep, 1 << (Int.bitWidth - 1 - byteCount.leadingZeroBitCount - 3))
        return (byteCount + step - 1) / step * step
    }

    private func takeSmall(_ size: Int) throws(MemoryError) -> UnsafeMutableRawPointer {
        if let pointer = smallBlocks[size]?.popLast() {
            smallByteCount -= size
            return pointer
        }
        newSmallByteCount += size
        if newSmallByteCount > Self.smallInterval {
            try MemoryLimit.check(newSmallByteCount)
            newSmallByteCount = 0
        }
        var pointer: UnsafeMutableRawPointer?
        guard posix_memalign(&pointer, 64, size) == 0, let pointer else { throw MemoryError(asked: size) }
        return pointer
    }

    private func takeLarge(_ size: Int) throws(MemoryError) -> UnsafeMutableRawPointer {
        if let start = ranges.take(size) { return UnsafeMutableRawPointer(bitPattern: start)! }
        // New memory is joined with the lowest block if that is free; if the system puts it elsewhere, it has to be enough by itself.
        let free = ranges.ranges.first.map { $0.lowerBound == lowestAddress ? $0.count : 0 } ?? 0
        for missing in [size - free, size] {
            try map(atLeast: missing, for: size)
            if let start = ranges.take(size) { return UnsafeMutableRawPointer(bitPattern: start)! }
        }
        Contract.broken("mapped memory holds what it was mapped for")
    }

    /// Maps memory for `size` bytes more, of `asked` that somebody wants.
    private func map(atLeast size: Int, for asked: Int) throws(MemoryError) {
        let limit = MemoryLimit.current(), room = limit.available - MemoryLimit.reserve
        if size > room { throw MemoryError(asked: asked, limit: limit) }
        for length in [max(size, min(Self.growth, room)), size] {
            let whole = (length + Self.largePageSize - 1) / Self.largePageSize * Self.largePageSize
            // Large pages begin at multiples of their size; the place below the last mapping is one if it is free.
            let hint = lowestAddress > UInt(whole) ? UnsafeMutableRawPointer(bitPattern: lowestAddress - UInt(whole)) : nil
            guard var start = Self.mapped(whole, at: hint) else { continue }
            var end = start + whole
            if Int(bitPattern: start) % Self.largePageSize != 0 {
                munmap(start, whole)
                guard let wider = Self.mapped(whole + Self.largePageSize, at: nil) else { continue }
                let surplus = (Self.largePageSize - Int(bitPattern: wider) % Self.largePageSize) % Self.largePageSize
                if surplus > 0 { munmap(wider, surplus) }
                (start, end) = (wider + surplus, wider + surplus + whole)
                if surplus < Self.largePageSize { munmap(end, Self.largePageSize - surplus) }
            }
            madvise(start, whole, MADV_HUGEPAGE)
            lowestAddress = UInt(bitPattern: start)
            ranges.insert(lowestAddress..<UInt(bitPattern: end))
            return
        }
        throw MemoryError(asked: asked, limit: limit)
    }

    private static func mapped(_ length: Int, at hint: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        let start = mmap(hint, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        return start == MAP_FAILED ? nil : start
    }
}

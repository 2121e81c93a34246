import Glibc

/// Zeros that take memory only where they have been written to, in pages of 4 KiB: for tables of which few rows are ever touched.
public final class ZeroPages {
    public let pointer: UnsafeMutableRawPointer
    public let byteCount: Int

    /// The program ends if so much cannot be addressed.
    public init(byteCount: Int) {
        self.byteCount = max(1, byteCount)
        guard let start = mmap(nil, self.byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
              start != MAP_FAILED else { Termination.outOfMemory.end("out of memory: \(MemoryError(asked: byteCount))") }
        // A large page would be taken as a whole.
        madvise(start, self.byteCount, MADV_NOHUGEPAGE)
        pointer = start
    }

    deinit { munmap(pointer, byteCount) }
}

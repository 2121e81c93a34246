import Glibc

/// Zeros that take memory only where they have been written to, in pages of 4 KiB: for tables of which few rows are ever touched.
public final class ZeroPages {
    public let pointer: UnsafeMutableRawPointer
    public let byteCount: Int

    public init(byteCount: Int) {
        self.byteCount = max(1, byteCount)
        guard let start = mmap(nil, self.byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
              start != MAP_FAILED else { fatalError("out of memory: \(byteCount) bytes could not be had") }
        // A large page would be taken as a whole.
        madvise(start, self.byteCount, MADV_NOHUGEPAGE)
        pointer = start
    }

    deinit { munmap(pointer, byteCount) }
}

import Synchronization

/// A function of a Unicode scalar, tabulated in pages of 256 scalars that are filled when first asked for.
///
/// Threads may ask at the same time; two that need the same page compute the same values and one is kept.
final class ScalarTable<Entry>: @unchecked Sendable {
    private static var pageCount: Int { 0x1100 }

    private let pages: UnsafeMutablePointer<Atomic<Int>>
    private let compute: @Sendable (Unicode.Scalar) -> Entry

    /// - Parameter compute: called for all scalars of a page at its first use. Surrogates get the value of U+FFFD.
    init(compute: @escaping @Sendable (Unicode.Scalar) -> Entry) {
        self.compute = compute
        pages = .allocate(capacity: Self.pageCount)
        for index in 0..<Self.pageCount { (pages + index).initialize(to: Atomic(0)) }
    }

    deinit {
        for index in 0..<Self.pageCount {
            UnsafeMutablePointer<Entry>(bitPattern: pages[index].load(ordering: .acquiring))?.deallocate()
        }
        pages.deallocate()
    }

    @inline(__always)
    subscript(scalar: UInt32) -> Entry {
        let page = Int(scalar >> 8)
        if let known = UnsafeMutablePointer<Entry>(bitPattern: pages[page].load(ordering: .acquiring)) {
            return known[Int(scalar & 255)]
        }
        return fill(page)[Int(scalar & 255)]
    }

    @inline(never)
    private func fill(_ page: Int) -> UnsafeMutablePointer<Entry> {
        let fresh = UnsafeMutablePointer<Entry>.allocate(capacity: 256)
        for offset in 0..<256 {
            let scalar = Unicode.Scalar(UInt32(page << 8 | offset)) ?? "\u{FFFD}"
            (fresh + offset).initialize(to: compute(scalar))
        }
        let result = pages[page].compareExchange(expected: 0, desired: Int(bitPattern: fresh), ordering: .acquiringAndReleasing)
        if result.exchanged { return fresh }
        fresh.deallocate()
        return UnsafeMutablePointer(bitPattern: result.original)!
    }
}

/// Stretches of mapped memory that nobody uses, ascending by address. Neighbours are joined, so that what was given back in
/// pieces can be had as a whole.
package struct FreeRanges {
    package private(set) var ranges: [Range<UInt>] = []
    /// Bytes of all ranges.
    package var byteCount: Int { ranges.reduce(0) { $0 + $1.count } }

    package init() {}

    /// Adds a range that overlaps none.
    package mutating func insert(_ range: Range<UInt>) {
        let index = firstIndex(from: range.lowerBound)
        let joinsPrevious = index > 0 && ranges[index - 1].upperBound == range.lowerBound
        let joinsNext = index < ranges.count && ranges[index].lowerBound == range.upperBound
        switch (joinsPrevious, joinsNext) {
        case (true, true):
            ranges[index - 1] = ranges[index - 1].lowerBound..<ranges[index].upperBound
            ranges.remove(at: index)
        case (true, false): ranges[index - 1] = ranges[index - 1].lowerBound..<range.upperBound
        case (false, true): ranges[index] = range.lowerBound..<ranges[index].upperBound
        case (false, false): ranges.insert(range, at: index)
        }
    }

    /// The upper end of the smallest range that holds `size` bytes, or nil. Systems map new memory below what is mapped, so
    /// that the upper end of a range is the part that was used before.
    package mutating func take(_ size: Int) -> UInt? {
        var best: Int?
        for index in ranges.indices where ranges[index].count >= size {
            if best.map({ ranges[index].count < ranges[$0].count }) ?? true { best = index }
        }
        guard let best else { return nil }
        let range = ranges[best], start = range.upperBound - UInt(size)
        if start == range.lowerBound { ranges.remove(at: best) } else { ranges[best] = range.lowerBound..<start }
        return start
    }

    /// The index of the first range that does not begin below an address.
    private func firstIndex(from address: UInt) -> Int {
        var low = 0, high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].lowerBound < address { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

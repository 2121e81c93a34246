import ComputeRuntime

/// A float32 as an unsigned number in the same order: both zeros are equal, NaN comes last.
@inline(__always)
private func orderedKey(_ value: Float) -> UInt32 {
    if value != value { return .max }
    let bits = (value + 0).bitPattern
    return bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
}

/// Order key and position in one word, so that sorting words is a stable sort of elements.
@inline(__always)
private func rankedWord(_ value: Float, at index: Int, descending: Bool) -> UInt64 {
    let key = orderedKey(value)
    return UInt64(descending ? ~key : key) << 32 | UInt64(truncatingIfNeeded: index)
}

/// Sorts each row of `[rows, length]`, stably; NaN counts as the largest value.
/// - Parameter indices: `[rows, length]`, where each value stood in its row.
public func sortRows(
    _ values: UnsafePointer<Float>, rows: Int, length: Int, descending: Bool,
    into sorted: UnsafeMutablePointer<Float>, indices: UnsafeMutablePointer<Int64>
) {
    ThreadPool.shared.runRanges(count: rows, grain: max(1, 2048 / max(1, length))) { range in
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: length) { memory in
            var words = memory
            for row in range {
                let source = values + row * length
                for index in 0..<length { words.initializeElement(at: index, to: rankedWord(source[index], at: index, descending: descending)) }
                words.sort()
                for (place, word) in words.enumerated() {
                    let index = Int(UInt32(truncatingIfNeeded: word))
                    sorted[row * length + place] = source[index]
                    indices[row * length + place] = Int64(index)
                }
            }
        }
    }
}

/// The same for int64.
public func sortRows(
    _ values: UnsafePointer<Int64>, rows: Int, length: Int, descending: Bool,
    into sorted: UnsafeMutablePointer<Int64>, indices: UnsafeMutablePointer<Int64>
) {
    for row in 0..<rows {
        let source = values + row * length
        let order = (0..<length).sorted {
            source[$0] == source[$1] ? $0 < $1 : (source[$0] < source[$1]) != descending
        }
        for (place, index) in order.enumerated() {
            sorted[row * length + place] = source[index]
            indices[row * length + place] = Int64(index)
        }
    }
}

/// The `k` largest or smallest of each row of `[rows, length]`, best first, the earlier of equals first; NaN counts as
/// the largest value. One pass with a heap of `k`.
/// - Parameters:
///   - k: 1 to `length`.
///   - best: `[rows, k]`, overwritten; `indices` likewise, positions in the row.
public func topRows(
    _ values: UnsafePointer<Float>, rows: Int, length: Int, k: Int, largest: Bool,
    into best: UnsafeMutablePointer<Float>, indices: UnsafeMutablePointer<Int64>
) {
    ThreadPool.shared.runRanges(count: rows, grain: max(1, 8192 / max(1, length))) { range in
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: k) { memory in
            var heap = memory
            for row in range {
                let source = values + row * length
                for index in 0..<k { heap.initializeElement(at: index, to: rankedWord(source[index], at: index, descending: largest)) }
                for parent in (0..<k / 2).reversed() { siftDown(heap, from: parent) }
                for index in k..<max(k, length) {
                    let word = rankedWord(source[index], at: index, descending: largest)
                    if word < heap[0] {
                        heap[0] = word
                        siftDown(heap, from: 0)
                    }
                }
                heap.sort()
                for (place, word) in heap.enumerated() {
                    let index = Int(UInt32(truncatingIfNeeded: word))
                    best[row * k + place] = source[index]
                    indices[row * k + place] = Int64(index)
                }
            }
        }
    }
}

/// Restores the order of a heap with its largest word on top.
@inline(__always)
private func siftDown(_ heap: UnsafeMutableBufferPointer<UInt64>, from start: Int) {
    var parent = start
    while true {
        var child = 2 * parent + 1
        if child >= heap.count { return }
        if child + 1 < heap.count && heap[child + 1] > heap[child] { child += 1 }
        if heap[parent] >= heap[child] { return }
        heap.swapAt(parent, child)
        parent = child
    }
}

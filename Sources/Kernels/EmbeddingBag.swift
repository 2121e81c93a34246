import ComputeRuntime

/// The mean of the table rows of each bag; zeros for an empty bag.
/// - Parameters:
///   - ids: rows of the table, `[offsets.last]`.
///   - offsets: bag `b` is `ids[offsets[b] ..< offsets[b + 1]]`.
///   - table: `[entries, width]`
///   - output: `[bags, width]`, overwritten.
public func embeddingBagMeans(
    _ ids: UnsafePointer<Int32>, offsets: [Int], table: UnsafePointer<Float>, width: Int, output: UnsafeMutablePointer<Float>
) {
    ThreadPool.shared.runRanges(count: offsets.count - 1, grain: 16) { bags in
        for bag in bags {
            let target = output + bag * width
            target.update(repeating: 0, count: width)
            let scale = 1 / Float(max(1, offsets[bag + 1] - offsets[bag]))
            for position in offsets[bag] ..< offsets[bag + 1] {
                addRow(table + Int(ids[position]) * width, to: target, width: width)
            }
            for column in 0..<width { target[column] *= scale }
        }
    }
}

/// Backward of ``embeddingBagMeans(_:offsets:table:width:output:)``: adds `gradient[bag] / size` to the row of each id, in the order of
/// the ids, whatever the number of threads.
/// - Parameters:
///   - gradient: `[bags, width]`
///   - rows: the row of `rowGradient` that belongs to each id, `[offsets.last]`.
///   - rowGradient: `[entries, width]`, added to.
public func embeddingBagMeansBackward(
    _ gradient: UnsafePointer<Float>, rows: UnsafePointer<Int32>, offsets: [Int], width: Int, rowGradient: UnsafeMutablePointer<Float>
) {
    // Threads share the columns, so no two write to one element.
    let count = offsets[offsets.count - 1]
    let parts = count * width < 16_384 ? 1 : ThreadPool.shared.threadCount
    let size = max(16, ((width + parts - 1) / parts + 15) / 16 * 16)
    ThreadPool.shared.run(count: (width + size - 1) / size) { part in
        let first = part * size
        let columns = min(size, width - first)
        for bag in 0 ..< offsets.count - 1 {
            let scale = 1 / Float(max(1, offsets[bag + 1] - offsets[bag]))
            for position in offsets[bag] ..< offsets[bag + 1] {
                addRow(gradient + bag * width + first, to: rowGradient + Int(rows[position]) * width + first, width: columns, scale: scale)
            }
        }
    }
}

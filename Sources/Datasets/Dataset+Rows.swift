import Kernels

// Choosing and reordering rows: the cells are shared, only row numbers are made.
extension Dataset {
    /// The rows of these numbers, in this order; a number may come more than once.
    public func select(rows chosen: [Int]) throws -> Dataset {
        for row in chosen { try check(row: row) }
        return view(chosen)
    }

    /// The rows for which `isIncluded` gives true; it gets the row's number.
    public func filter(_ isIncluded: (Int) throws -> Bool) rethrows -> Dataset {
        view(try (0..<rowCount).filter(isIncluded))
    }

    /// The rows in random order. The same seed and number of rows give the same order on every machine.
    public func shuffle(seed: UInt64) -> Dataset { view(Self.permutation(of: rowCount, seed: seed)) }

    /// The first `count` rows, or all if there are fewer.
    public func take(_ count: Int) -> Dataset { view(Array(0..<min(max(count, 0), rowCount))) }

    /// All rows but the first `count`.
    public func skip(_ count: Int) -> Dataset { view(Array(min(max(count, 0), rowCount)..<rowCount)) }

    /// Part `index` of `count` parts: a run of neighbouring rows (the first parts are one longer where rows do not
    /// divide evenly), or every `count`-th row where not `contiguous`.
    public func shard(count: Int, index: Int, contiguous: Bool = true) throws -> Dataset {
        guard count >= 1, index >= 0, index < count else {
            throw DatasetError("there is no part \(index &+ 1) of \(count)")
        }
        if !contiguous { return view(Array(stride(from: index, to: rowCount, by: count))) }
        let (size, rest) = rowCount.quotientAndRemainder(dividingBy: count)
        let start = size * index + min(index, rest)
        return view(Array(start..<start + size + (index < rest ? 1 : 0)))
    }

    /// The rows in ascending order of a column, nulls last; equal rows keep their order. Texts are ordered by code
    /// points. With `descending` the order is turned round, nulls still last.
    public func sort(_ name: String, descending: Bool = false) throws -> Dataset {
        let type = try type(of: name)
        if case .list = type { throw DatasetError("column \"\(name)\" holds lists, which have no order") }
        let values = try column(name)
        let filled = (0..<rowCount).filter { !values[$0].isNull }
        let nulls = (0..<rowCount).filter { values[$0].isNull }
        // The row number breaks ties, which makes the order stable.
        let sorted = filled.sorted { a, b in
            if values[a].precedes(values[b]) { return !descending }
            if values[b].precedes(values[a]) { return descending }
            return a < b
        }
        return view(sorted + nulls)
    }

    /// Rows of this dataset by number, which must exist.
    func view(_ chosen: [Int]) -> Dataset {
        Dataset(columns: columns, rows: rows.map { rows in chosen.map { rows[$0] } } ?? chosen, rowCount: chosen.count)
    }

    /// The numbers 0..<count in random order (Fisher and Yates), a pure function of count and seed.
    static func permutation(of count: Int, seed: UInt64) -> [Int] {
        var order = Array(0..<count)
        let random = Philox(seed: seed)
        for last in stride(from: count - 1, to: 0, by: -1) {
            let words = random.block(stream: 0, index: UInt64(last))
            let word = UInt64(words.x) << 32 | UInt64(words.y)
            order.swapAt(last, Int(word.multipliedFullWidth(by: UInt64(last + 1)).high))
        }
        return order
    }
}

extension DatasetValue {
    /// Order within a column of one type.
    fileprivate func precedes(_ other: DatasetValue) -> Bool {
        switch (self, other) {
        case (.string(let a), .string(let b)): return a.utf8.lexicographicallyPrecedes(b.utf8)
        case (.integer(let a), .integer(let b)): return a < b
        case (.number(let a), .number(let b)): return b.isNaN ? !a.isNaN : a < b
        case (.bool(let a), .bool(let b)): return !a && b
        default: return false
        }
    }
}

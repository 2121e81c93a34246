/// The part of a dataset that an expression such as `train[:1000]`, `train[10%:20%]` or `[-500:]` names.
public struct SplitExpression: Equatable, Sendable {
    /// The name before the brackets, nil if there is none.
    public let name: String?
    private let from: Bound?
    private let to: Bound?

    private enum Bound: Equatable {
        case row(Int)
        case percent(Int)
    }

    /// Reads an expression. Throws for anything that is not one.
    public init(_ text: String) throws {
        func wrong() -> DatasetError {
            DatasetError("split \"\(text)\" is not understood; write a name, name[:1000], name[1000:2000] or name[10%:20%]")
        }
        guard let bracket = text.firstIndex(of: "[") else {
            if text.isEmpty || text.contains("]") { throw wrong() }
            (name, from, to) = (text, nil, nil)
            return
        }
        guard text.last == "]" else { throw wrong() }
        let inside = text[text.index(after: bracket)...].dropLast()
        let parts = inside.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw wrong() }
        let bounds = try parts.map { part -> Bound? in
            if part.isEmpty { return nil }
            if part.last == "%" {
                guard let percent = Int(part.dropLast()), (-100...100).contains(percent) else { throw wrong() }
                return .percent(percent)
            }
            guard let row = Int(part) else { throw wrong() }
            return .row(row)
        }
        name = bracket == text.startIndex ? nil : String(text[..<bracket])
        (from, to) = (bounds[0], bounds[1])
    }

    /// The rows of a dataset that the brackets name; all without brackets. Negative bounds count from the end, percent
    /// are rounded to the nearest row, and bounds beyond the data are its ends.
    public func apply(to dataset: Dataset) -> Dataset {
        if from == nil && to == nil { return dataset }
        func row(_ bound: Bound?, _ absent: Int) -> Int {
            let place: Int
            switch bound {
            case nil: return absent
            case .row(let row): place = row
            case .percent(let percent): place = Int((Double(percent) * Double(dataset.rowCount) / 100).rounded())
            }
            return min(max(place < 0 ? place + dataset.rowCount : place, 0), dataset.rowCount)
        }
        let start = row(from, 0)
        return dataset.view(Array(start..<max(start, row(to, dataset.rowCount))))
    }
}

import Datasets
import Losses
import LuaHost
import Tensors

extension LossBatch {
    /// The batch that a call of a loss names: columns first, labels second.
    init(lua call: LuaCall) throws {
        try call.requireAtMost(2)
        let columns = try call.slot(1, "inputs").list().map { column in
            try column.list().map { try DatasetValue(lua: $0) }
        }
        if let count = columns.first?.count, let odd = columns.firstIndex(where: { $0.count != count }) {
            throw call.error("input columns 1 and \(odd + 1) have \(count) and \(columns[odd].count) rows")
        }
        self.init(inputs: columns, labels: try Self.labels(call.slot(2, "labels")))
    }

    /// Labels as a script gives them: a tensor, a list, or nothing.
    static func labels(_ slot: LuaSlot) throws -> [DatasetValue]? {
        if slot.isNil { return nil }
        guard let tensor = slot.objectIfPresent(Tensor.self) else { return try slot.list().map { try DatasetValue(lua: $0) } }
        guard tensor.rank > 0 else { throw slot.invalid("one label for each row is wanted") }
        guard case .list(let rows) = DatasetValue(tensor) else { throw slot.mismatch("labels") }
        return rows
    }

    /// The columns as Lua tables, for a loss written in Lua.
    func luaInputs(_ state: LuaState) throws -> LuaValue {
        .table(try state.list(try inputs.map { .table(try state.list(try $0.map { try $0.luaValue(state) })) }))
    }

    /// The labels for a loss written in Lua: a tensor `[rows]`, int64 if all are whole numbers of an integer column; a list of
    /// such tensors for lists; the cells themselves for anything else; nil without labels.
    func luaLabels(_ state: LuaState) throws -> LuaValue {
        guard let labels else { return .nil }
        if let tensor = Tensor(cells: labels) { return .object(tensor) }
        return .table(try state.list(try labels.map { cell in
            if let tensor = cell.asList.flatMap({ Tensor(cells: $0) }) { return .object(tensor) }
            return try cell.luaValue(state)
        }))
    }
}

extension Tensor {
    /// A tensor `[cells]` of numbers; nil if there are other cells.
    fileprivate convenience init?(cells: [DatasetValue]) {
        let whole = cells.compactMap { cell -> Int64? in
            if case .integer(let value) = cell { return value }
            return nil
        }
        if whole.count == cells.count {
            self.init(whole)
            return
        }
        let numbers = cells.compactMap(\.asDouble)
        guard numbers.count == cells.count else { return nil }
        self.init(numbers.map(Float.init))
    }
}

extension DatasetValue {
    /// A text, a number, a boolean, or a list of them; tensors become lists.
    fileprivate init(lua slot: LuaSlot) throws {
        switch slot.value {
        case .string(let text): self = .string(text)
        case .integer(let value): self = .integer(Int64(value))
        case .number(let value): self = .number(value)
        case .boolean(let value): self = .bool(value)
        case .table: self = .list(try slot.list().map { try DatasetValue(lua: $0) })
        default:
            guard let tensor = slot.objectIfPresent(Tensor.self) else { throw slot.mismatch("text, number or list") }
            self = DatasetValue(tensor)
        }
    }

    /// A tensor as nested lists, one without dimensions as its number.
    fileprivate init(_ tensor: Tensor) {
        let isFloat = tensor.dtype == .float32
        let floats = isFloat ? tensor.floatArray() : []
        let integers = isFloat ? [] : tensor.toInt64().integerArray()
        func cell(_ dimension: Int, _ start: Int) -> DatasetValue {
            if dimension == tensor.rank {
                return isFloat ? .number(Double(floats[start])) : .integer(integers[start])
            }
            let stride = tensor.shape[(dimension + 1)...].reduce(1, *)
            return .list((0..<tensor.shape[dimension]).map { cell(dimension + 1, start + $0 * stride) })
        }
        self = cell(0, 0)
    }

    fileprivate func luaValue(_ state: LuaState) throws -> LuaValue {
        switch self {
        case .null: return .nil
        case .bool(let value): return .boolean(value)
        case .integer(let value): return .integer(Int(value))
        case .number(let value): return .number(value)
        case .string(let text): return .string(text)
        case .list(let cells): return .table(try state.list(try cells.map { try $0.luaValue(state) }))
        }
    }
}

import Datasets
import Losses
import LuaHost
import Tensors

extension LossBatch {
    /// The batch that a call of a loss names: columns first, labels second.
    init(lua call: LuaCall) throws {
        try call.requireAtMost(2)
        let columns = try call.slot(1, "inputs").list().map { column in
            try column.list().map { try DatasetValue($0) }
        }
        if let count = columns.first?.count, let odd = columns.firstIndex(where: { $0.count != count }) {
            throw call.error("input columns 1 and \(odd + 1) have \(count) and \(columns[odd].count) rows")
        }
        self.init(inputs: columns, labels: try Self.labels(call.slot(2, "labels")))
    }

    /// Labels as a script gives them: a tensor, a list, or nothing.
    static func labels(_ slot: LuaSlot) throws -> [DatasetValue]? {
        if slot.isNil { return nil }
        guard let tensor = slot.objectIfPresent(Tensor.self) else { return try slot.list().map { try DatasetValue($0) } }
        guard tensor.rank > 0 else { throw slot.invalid("one label for each row is wanted") }
        guard case .list(let rows) = DatasetValue(tensor) else { throw slot.mismatch("labels") }
        return rows
    }

    /// The columns as Lua tables, for a loss written in Lua.
    func luaInputs(_ state: LuaState) throws -> LuaValue {
        .table(try state.list(try inputs.map { .table(try $0.luaList(state)) }))
    }

    /// Prompt and route of each column as a list of tables, nil without any.
    func luaRoutes(_ state: LuaState) throws -> LuaValue {
        if routes.isEmpty { return .nil }
        return .table(try state.list(try routes.map { .table(try state.record([("prompt", .optional($0.prompt)), ("task", .optional($0.task))])) }))
    }

    /// The labels for a loss written in Lua: a tensor `[rows]`, int64 if all are whole numbers of an integer column; a list of
    /// such tensors for lists; the cells themselves for anything else; nil without labels.
    func luaLabels(_ state: LuaState) throws -> LuaValue {
        guard let labels else { return .nil }
        if let tensor = Tensor(cells: labels) { return .object(tensor) }
        return .table(try state.list(try labels.map { cell in
            if let tensor = cell.asList.flatMap({ Tensor(cells: $0) }) { return .object(tensor) }
            return try cell.luaField(state)
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

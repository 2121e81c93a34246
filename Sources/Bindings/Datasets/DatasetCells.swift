import Datasets
import LuaHost
import Tensors

// Cells between Lua and Swift, for datasets and for batches of losses. Empty cells are nil as fields of rows and
// `sentx.null` within lists.

extension DatasetValue {
    /// The cell of a Lua value; a tensor becomes nested lists.
    init(_ slot: LuaSlot) throws {
        switch slot.value {
        case .nil: self = .null
        case .boolean(let value): self = .bool(value)
        case .integer(let value): self = .integer(Int64(value))
        case .number(let value): self = .number(value)
        case .string(let text): self = .string(text)
        case .object(let object) where object is NullValue: self = .null
        case .object(let tensor as Tensor): self = DatasetValue(tensor)
        case .table(let table):
            guard try table.pairs().count == table.count else {
                throw slot.invalid("a cell may be a list, but not a table with named fields or holes (sentx.null stands for an empty cell)")
            }
            self = .list(try slot.list().map { try DatasetValue($0) })
        default: throw slot.mismatch("nil, boolean, number, string or list")
        }
    }

    /// A tensor as nested lists, one without dimensions as its number.
    init(_ tensor: Tensor) {
        let isFloat = tensor.dtype == .float32
        let floats = isFloat ? tensor.floatArray() : []
        let integers = isFloat ? [] : tensor.integerArray()
        func cell(_ dimension: Int, _ start: Int) -> DatasetValue {
            if dimension == tensor.rank {
                return isFloat ? .number(Double(floats[start])) : .integer(integers[start])
            }
            let stride = tensor.shape[(dimension + 1)...].reduce(1, *)
            return .list((0..<tensor.shape[dimension]).map { cell(dimension + 1, start + $0 * stride) })
        }
        self = cell(0, 0)
    }

    /// The value as a field of a row.
    func luaField(_ state: LuaState) throws -> LuaValue {
        switch self {
        case .null: return .nil
        case .bool(let value): return .boolean(value)
        case .integer(let value): return .integer(Int(value))
        case .number(let value): return .number(value)
        case .string(let text): return .string(text)
        case .list(let values): return .table(try values.luaList(state))
        }
    }
}

extension [DatasetValue] {
    /// A Lua list of the cells.
    func luaList(_ state: LuaState) throws -> LuaTable {
        try state.list(map { $0.isNull ? .object(NullValue.shared) : try $0.luaField(state) })
    }
}

extension LuaSlot {
    /// A list of cells, or a tensor, whose rows are cells.
    func cells() throws -> [DatasetValue] {
        if let tensor = objectIfPresent(Tensor.self) {
            guard tensor.rank == 1 || tensor.rank == 2, case .list(let cells) = DatasetValue(tensor) else {
                throw TensorError("a column is made of a tensor [rows] or [rows, width], this one has shape \(tensor.shape)")
            }
            return cells
        }
        guard case .table(let table) = value else { throw mismatch("list of cells") }
        guard try table.pairs().count == table.count else {
            throw invalid("a column must be a list without holes (sentx.null stands for an empty cell)")
        }
        return try list().map { try DatasetValue($0) }
    }

    /// A name or a list of names.
    func names() throws -> [String] {
        if case .string(let name) = value { return [name] }
        guard case .table = value else { throw mismatch("column name or list of column names") }
        return try strings()
    }

    /// A file or folder name, or a list of these.
    func paths() throws -> [String] {
        if case .string(let path) = value { return [path] }
        guard case .table = value else { throw mismatch("path or list of paths") }
        return try strings()
    }
}

extension Dataset {
    /// A row as a Lua table.
    func luaRow(_ row: Int, _ state: LuaState) throws -> LuaValue {
        .table(try state.record(try self.row(row).map { ($0.name, try $0.value.luaField(state)) }))
    }
}

import CLua
import CLuaShim

/// A box of numbers as nested lists hold it: `{{1, 2}, {3, 4}}` has shape `[2, 2]`.
public struct LuaNumbers: Equatable {
    public enum Kind: Equatable { case boolean, integer, number }

    /// Row-major, `shape` elements; booleans as 0 and 1.
    public let values: [Double]
    /// Lengths from the outermost list inwards; at least one.
    public let shape: [Int]
    /// The one kind that covers all values: integers unless one has a fraction part in Lua's sense (`1.0` is a number).
    public let kind: Kind
}

extension LuaTable {
    /// Reads a list, or lists of lists of equal lengths, of numbers or of booleans. An empty list is a number list.
    /// - Throws: ``LuaError`` that names the first place which does not fit.
    public func nestedNumbers() throws -> LuaNumbers {
        let state = try state()
        return try state.withStack(8) { L in
            try state.push(self)
            var reader = NumberReader(state: state)
            try reader.measure()
            try reader.read(dimension: 0, path: "")
            guard reader.kinds & CLUA_BOOLEANS == 0 || reader.kinds == CLUA_BOOLEANS else {
                throw LuaError("booleans and numbers are mixed in one list")
            }
            let kind: LuaNumbers.Kind = reader.kinds == CLUA_BOOLEANS ? .boolean : reader.kinds == CLUA_INTEGERS ? .integer : .number
            return LuaNumbers(values: reader.values, shape: reader.shape, kind: kind)
        }
    }
}

/// Walks nested lists; the list at hand is on top of the stack.
private struct NumberReader {
    let state: LuaState
    var shape: [Int] = []
    var values: [Double] = []
    var kinds: Int32 = 0

    init(state: LuaState) { self.state = state }

    /// Takes the shape from the first list of each level.
    mutating func measure() throws {
        let L = state.current
        let top = lua_gettop(L)
        defer { lua_settop(L, top) }
        while lua_type(L, -1) == LUA_TTABLE {
            shape.append(Int(clamping: lua_rawlen(L, -1)))
            guard shape.count <= 16 else { throw LuaError("lists are nested more than 16 deep") }
            guard lua_checkstack(L, 8) != 0 else { throw LuaError("stack overflow") }
            lua_rawgeti(L, -1, 1)
        }
        // Lists that are shared, and lengths of lists with holes, can stand for any number of values.
        let count = shape.reduce(1) { $0.multipliedReportingOverflow(by: $1).overflow ? .max : $0 * $1 }
        guard count <= 4 * state.mostEntriesRead else {
            throw LuaError("lists of shape \(shape) hold more values than there can be entries (\(4 * state.mostEntriesRead)); the lists have holes or hold one another")
        }
        values.reserveCapacity(count)
    }

    mutating func read(dimension: Int, path: String) throws {
        let L = state.current
        let count = Int(lua_rawlen(L, -1))
        guard count == shape[dimension] else {
            throw LuaError("entry \(path.isEmpty ? "list" : path) has \(count) values where the first one has \(shape[dimension])")
        }
        guard lua_checkstack(L, 8) != 0 else { throw LuaError("stack overflow") }
        if dimension + 1 < shape.count {
            for index in 1...max(count, 1) where count > 0 {
                let place = "\(path)[\(index)]"
                guard lua_rawgeti(L, -1, lua_Integer(index)) == LUA_TTABLE else { throw misfit(place, wanted: "a list") }
                try read(dimension: dimension + 1, path: place)
                lua_settop(L, -2)
            }
            return
        }
        let start = values.count
        values.append(contentsOf: repeatElement(0, count: count))
        let read = values.withUnsafeMutableBufferPointer {
            Int(clua_read_numbers(L, -1, Int64(count), $0.baseAddress.map { $0 + start }, &kinds))
        }
        if read < count {
            let isNumber = lua_rawgeti(L, -1, lua_Integer(read + 1)) == LUA_TNUMBER
            throw misfit("\(path)[\(read + 1)]", wanted: isNumber ? "a number that a float of 64 bits holds exactly" : "a number")
        }
    }

    private func misfit(_ place: String, wanted: String) -> LuaError {
        LuaError("entry \(place): expected \(wanted), got \((try? state.value(at: -1)).map(state.describe) ?? "something else")")
    }
}

extension LuaState {
    /// Nested lists of numbers.
    /// - Parameters:
    ///   - values: row-major, as many as the product of `shape`.
    ///   - shape: at least one length.
    public func nestedList(_ values: [Double], shape: [Int]) throws -> LuaTable {
        try nestedList(shape: shape, count: values.count) { L, shape in
            values.withUnsafeBufferPointer { clua_push_nested(L, $0.baseAddress, nil, shape, Int32(shape.count)) }
        }
    }

    /// Nested lists of integers.
    public func nestedList(_ values: [Int64], shape: [Int]) throws -> LuaTable {
        try nestedList(shape: shape, count: values.count) { L, shape in
            // An empty array may have no address, which would read as "no integers".
            (values + [0]).withUnsafeBufferPointer { clua_push_nested(L, nil, $0.baseAddress, shape, Int32(shape.count)) }
        }
    }

    private func nestedList(shape: [Int], count: Int, _ push: (OpaquePointer, [Int64]) -> Int32) throws -> LuaTable {
        guard !shape.isEmpty, shape.allSatisfy({ $0 >= 0 }), shape.reduce(1, *) == count else {
            throw LuaError("\(count) values do not make lists of shape \(shape)")
        }
        return try withStack(8) { L in
            try check(push(L, shape.map(Int64.init)))
            return LuaTable(number: try reference(), pool: references)
        }
    }
}

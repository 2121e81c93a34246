import JSON
import LuaHost

extension LuaState {
    /// A JSON value as Lua holds it; null becomes nil.
    func value(of json: JSONValue) throws -> LuaValue {
        switch json {
        case .null: return .nil
        case .bool(let value): return .boolean(value)
        case .integer(let value): return .integer(Int(value))
        case .number(let value): return .number(value)
        case .string(let value): return .string(value)
        case .array(let values): return .table(try list(try values.map { try value(of: $0) }))
        case .object(let members): return .table(try record(try members.map { ($0.key, try value(of: $0.value)) }))
        }
    }
}

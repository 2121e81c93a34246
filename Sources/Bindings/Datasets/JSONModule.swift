import Files
import JSON
import LuaHost

/// `sentx.json`: reading and writing JSON in scripts.
enum JSONModule {
    static func register(_ sentx: LuaModule) throws {
        let json = try sentx.submodule("json", doc: "Reads and writes JSON.")
        try json.function("decode", doc: Doc("""
            Reads a JSON text. Objects and arrays become tables; null is nil as a member of an object and sentx.null in
            an array. NaN and Infinity are read as Python writes them.
            """, parameters: [.init("text", "string", "one JSON document")], returns: "value")) { call in
            do {
                return try value(JSONValue.parse(call.string(1), options: .init(allowsNonFinite: true)), call.state)
            } catch let error as JSONError {
                throw call.error("\(error)")
            }
        }
        try json.function("encode", doc: Doc("""
            Writes a value as JSON. A table with the keys 1 to n is an array, any other an object with its keys sorted; an
            empty table is an array.
            """, parameters: [.init("value", "any", "nil, sentx.null, booleans, numbers, strings and tables of these")],
            options: [.init("pretty", "boolean", default: "false", "with line breaks, indented by two spaces")],
            returns: "string")) { call in
            let options = try call.options(2)
            let pretty = try options.bool("pretty", default: false)
            try options.finish()
            return .string(try encoded(call.slot(1)).serialized(pretty: pretty))
        }
    }

    private static func value(_ json: JSONValue, _ state: LuaState) throws -> LuaValue {
        switch json {
        case .null: return .nil
        case .bool(let flag): return .boolean(flag)
        case .integer(let number): return .integer(Int(number))
        case .number(let number): return .number(number)
        case .string(let text): return .string(text)
        case .array(let elements):
            return .table(try state.list(elements.map { $0.isNull ? .object(NullValue.shared) : try value($0, state) }))
        case .object(let members):
            return .table(try state.record(members.map { ($0.key, try value($0.value, state)) }))
        }
    }

    /// The JSON of a Lua value. - Throws: also for tables that are nested too deep, or hold themselves.
    static func encoded(_ slot: LuaSlot) throws -> JSONValue {
        switch slot.value {
        case .nil: return .null
        case .boolean(let flag): return .bool(flag)
        case .integer(let number): return .integer(Int64(number))
        case .number(let number): return .number(number)
        case .string(let text): return .string(text)
        case .object(let object) where object is NullValue: return .null
        case .table(let table):
            let entries = try slot.entries()
            if entries.count == table.count { return .array(try slot.list().map(encoded)) }
            let members = try entries.map { key, value -> (String, JSONValue) in
                guard case .string(let name) = key else {
                    throw slot.invalid("a table must have the keys 1 to n, or names only")
                }
                return (name, try encoded(value))
            }
            return .object(JSONObject(members.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }))
        default: throw slot.mismatch("something that JSON can hold")
        }
    }
}

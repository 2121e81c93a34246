/// Everything that Lua can hand to Swift or Swift to Lua.
///
/// Lua strings are bytes; they become Swift strings with U+FFFD in the place of invalid UTF-8.
public enum LuaValue {
    case `nil`
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case table(LuaTable)
    case function(LuaFunction)
    /// A Swift object; its type needs a registered ``LuaClass`` to get into Lua.
    case object(AnyObject)
    /// A coroutine, an open file or another library's userdata: it can be kept and passed on.
    case other(LuaReference)

    /// The value, or nil for an absent one.
    public static func optional(_ value: String?) -> LuaValue { value.map { .string($0) } ?? .nil }
    public static func optional(_ value: Int?) -> LuaValue { value.map { .integer($0) } ?? .nil }
    public static func optional(_ value: Double?) -> LuaValue { value.map { .number($0) } ?? .nil }
    public static func optional(_ value: Bool?) -> LuaValue { value.map { .boolean($0) } ?? .nil }
    public static func optional(_ value: AnyObject?) -> LuaValue { value.map { .object($0) } ?? .nil }

    public var isNil: Bool {
        if case .nil = self { return true }
        return false
    }

    /// What Lua takes it for in a condition: all but nil and false.
    public var isTruthy: Bool {
        switch self {
        case .nil, .boolean(false): return false
        default: return true
        }
    }

    /// The value as a number, if it is one: nil for an integer beyond 2^53 that a number does not hold exactly.
    public var asNumber: Double? {
        switch self {
        case .integer(let value): return Double(exactly: value)
        case .number(let value): return value
        default: return nil
        }
    }

    /// The value as an integer, if it is a number without a fraction.
    public var asInteger: Int? {
        switch self {
        case .integer(let value): return value
        case .number(let value): return Int(exactly: value)
        default: return nil
        }
    }

    public var asString: String? {
        if case .string(let value) = self { return value }
        return nil
    }
}

extension LuaValue: Equatable {
    /// Raw equality as in Lua: numbers by value, tables, functions and objects by identity.
    public static func == (a: LuaValue, b: LuaValue) -> Bool {
        switch (a, b) {
        case (.nil, .nil): return true
        case (.boolean(let a), .boolean(let b)): return a == b
        case (.integer(let a), .integer(let b)): return a == b
        case (.number(let a), .number(let b)): return a == b
        case (.integer(let a), .number(let b)), (.number(let b), .integer(let a)): return Int(exactly: b) == a
        case (.string(let a), .string(let b)): return a == b
        case (.table(let a as LuaReference), .table(let b as LuaReference)),
             (.function(let a as LuaReference), .function(let b as LuaReference)),
             (.other(let a), .other(let b)):
            return a.isSame(as: b)
        case (.object(let a), .object(let b)): return a === b
        default: return false
        }
    }
}

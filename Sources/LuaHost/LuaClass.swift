/// Describes how Lua sees a Swift class: its methods, properties, operators and how it is made.
///
/// `T` is a class, or a protocol that a family of classes conforms to; an object without a class of its own gets that of
/// its nearest registered superclass, else of the protocol registered last. Members of `base` are inherited.
///
/// ```swift
/// LuaClass<Counter>("Counter", doc: "Counts.") { c in
///     c.constructor(doc: Doc("A counter.", parameters: [.init("start", "integer", default: "0", "first value")])) { call in
///         Counter(try call.integer(1, default: 0))
///     }
///     c.method("add", doc: "Adds one.") { counter, _ in .integer(counter.add()) }
///     c.property("value", doc: "The count.") { counter, _ in .integer(counter.value) }
/// }
/// ```
public final class LuaClass<T> {
    let definition: ClassDefinition

    /// - Parameters:
    ///   - name: as Lua users call it; unique.
    ///   - base: the name of a class registered before, whose Swift type is a supertype of `T`.
    public init(_ name: String, doc: Doc, base: String? = nil, _ build: (LuaClass<T>) -> Void) {
        definition = ClassDefinition(name: name, doc: doc, base: base, type: T.self) { $0 is T }
        build(self)
    }

    /// `object:name(...)` with one result.
    public func method(_ name: String, doc: Doc, _ body: @escaping (T, LuaCall) throws -> LuaValue) {
        methodWithResults(name, doc: doc) { [try body($0, $1)] }
    }

    /// `object:name(...)` with any number of results.
    public func methodWithResults(_ name: String, doc: Doc, _ body: @escaping (T, LuaCall) throws -> [LuaValue]) {
        definition.members.append(.init(kind: .method, name: name, box: box(":" + name, doc, "call methods with ':'", body)))
    }

    /// `object.name`, read-only without `set`.
    public func property(_ name: String, doc: Doc, _ get: @escaping (T, LuaCall) throws -> LuaValue,
                         set: ((T, LuaSlot) throws -> Void)? = nil) {
        definition.members.append(.init(kind: .getter, name: name, box: box("." + name, doc, nil) { [try get($0, $1)] }))
        guard let set else { return }
        definition.members.append(.init(kind: .setter, name: name, box: box("." + name, doc, nil) { object, call in
            try set(object, LuaSlot(call.value(1), state: call.state, place: call.name))
            return []
        }))
    }

    /// What an operator or built-in function does with an object. `.index` and `.newIndex` get the keys that are neither
    /// methods nor properties.
    public func meta(_ metamethod: LuaMetamethod, doc: Doc = "", _ body: @escaping (T, LuaCall) throws -> LuaValue) {
        metaWithResults(metamethod, doc: doc) { [try body($0, $1)] }
    }

    /// The same with any number of results, for `.call` and `.pairs`.
    public func metaWithResults(_ metamethod: LuaMetamethod, doc: Doc = "",
                                _ body: @escaping (T, LuaCall) throws -> [LuaValue]) {
        definition.metamethods[metamethod.rawValue] = box(metamethod.notation, doc, nil, body)
    }

    /// A binary operator. Either operand may be the object, so both are arguments, 1 and 2.
    public func binary(_ metamethod: LuaBinaryOperator, doc: Doc = "", _ body: @escaping (LuaCall) throws -> LuaValue) {
        definition.metamethods["__" + metamethod.rawValue] =
            FunctionBox(name: "\(definition.name) \(metamethod.notation)", doc: doc) { [try body($0)] }
    }

    /// The line that stands for an object inside a printed table; by default the first line of `tostring`.
    public func oneLine(_ body: @escaping (T) -> String) {
        definition.oneLine = { object in (object as? T).map(body) }
    }

    /// Makes `Name(...)` give a new object.
    public func constructor(doc: Doc, _ body: @escaping (LuaCall) throws -> T) {
        definition.constructor = FunctionBox(name: definition.name, doc: doc, hiddenArguments: 1) {
            [.object(try body($0) as AnyObject)]
        }
    }

    /// `Name.name(...)`.
    public func function(_ name: String, doc: Doc, _ body: @escaping (LuaCall) throws -> LuaValue) {
        definition.functions.append((name, FunctionBox(name: "\(definition.name).\(name)", doc: doc) { [try body($0)] }))
    }

    private func box(_ suffix: String, _ doc: Doc, _ hint: String?,
                     _ body: @escaping (T, LuaCall) throws -> [LuaValue]) -> FunctionBox {
        let wanted = definition.name
        return FunctionBox(name: wanted + suffix, doc: doc, hiddenArguments: 1) { call in
            guard case .object(let object) = call.hidden, let receiver = object as? T else {
                let note = hint.map { " (\($0))" } ?? ""
                throw call.error("expected \(wanted), got \(call.state.describe(call.hidden))\(note)")
            }
            return try body(receiver, call)
        }
    }
}

/// Operators and built-ins with one object.
public enum LuaMetamethod: String, Sendable {
    case index = "__index", newIndex = "__newindex", call = "__call", length = "__len", negate = "__unm"
    case bitwiseNot = "__bnot", tostring = "__tostring", pairs = "__pairs", close = "__close"

    var notation: String {
        switch self {
        case .index, .newIndex: return "[key]"
        case .call: return "(...)"
        case .length: return " #"
        case .negate: return " unary -"
        case .bitwiseNot: return " ~"
        case .tostring: return " tostring"
        case .pairs: return " pairs"
        case .close: return " close"
        }
    }
}

/// Operators with two operands.
public enum LuaBinaryOperator: String, Sendable {
    case add, sub, mul, div, mod, pow, idiv, concat, eq, lt, le, band, bor, bxor, shl, shr

    var notation: String {
        switch self {
        case .add: return "+"
        case .sub: return "-"
        case .mul: return "*"
        case .div: return "/"
        case .mod: return "%"
        case .pow: return "^"
        case .idiv: return "//"
        case .concat: return ".."
        case .eq: return "=="
        case .lt: return "<"
        case .le: return "<="
        case .band: return "&"
        case .bor: return "|"
        case .bxor: return "~"
        case .shl: return "<<"
        case .shr: return ">>"
        }
    }
}

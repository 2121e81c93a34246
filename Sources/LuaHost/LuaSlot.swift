import TextFormat

/// A value from Lua together with the place it was given at, so that a wrong one is reported with function, place, what
/// was wanted and what came: `load_dataset: argument 1 (path): expected string, got nil`.
public struct LuaSlot {
    public let value: LuaValue
    let state: LuaState
    let place: Place
    /// The name of a given option that is none, where this one was meant and is absent.
    var misspelled: String?
    /// The tables around it that were read as values of Swift.
    private var depth = 0
    private var walk: TableWalk?

    indirect enum Place {
        case argument(Int, name: String?, function: String)
        case option(String, function: String)
        case entry(LuaValue, of: Place)
        case named(String)
    }

    init(_ value: LuaValue, state: LuaState, place: Place) {
        self.value = value
        self.state = state
        self.place = place
    }

    /// A value from elsewhere, such as the result of a callback. - Parameter place: named in errors.
    public init(_ value: LuaValue, state: LuaState, place: String) {
        self.init(value, state: state, place: .named(place))
    }

    /// Whether nothing was given.
    public var isNil: Bool { value.isNil }

    /// The error for a value of the wrong type. - Parameter wanted: "string", "table of integers".
    public func mismatch(_ wanted: String) -> LuaError {
        if isNil, case .option(let name, let function) = place {
            if let misspelled { return LuaError("\(function): unknown option '\(misspelled)' (did you mean '\(name)'?)") }
            return LuaError("\(function): option '\(name)' is required (\(wanted))")
        }
        let hint = uncalled.map { "; make one first, as in \($0)" } ?? ""
        return LuaError("\(place): expected \(wanted), got \(state.describe(value))\(hint)")
    }

    /// How a class of the host is called, such as `sentx.losses.MSELoss(model)`, where the class itself was given in the place
    /// of an object of it; nil for any other value.
    public var uncalled: String? { state.maker(value).map(Documentation.call(of:)) }

    /// The error for a value of the right type that cannot be used. - Parameter reason: "must be greater than 0".
    public func invalid(_ reason: String) -> LuaError { LuaError("\(place): \(reason), got \(state.describe(value))") }

    public func string() throws -> String {
        guard case .string(let text) = value else { throw mismatch("string") }
        return text
    }

    public func bool() throws -> Bool {
        guard case .boolean(let flag) = value else { throw mismatch("boolean") }
        return flag
    }

    /// An integer, or a number without a fraction.
    public func integer() throws -> Int {
        guard let integer = value.asInteger else { throw mismatch("integer") }
        return integer
    }

    public func number() throws -> Double {
        if let number = value.asNumber { return number }
        if case .integer = value { throw invalid("an integer beyond 2^53 that a floating-point number does not hold exactly") }
        throw mismatch("number")
    }

    /// A number that is neither NaN nor infinite, and does not become so as the element of a tensor.
    public func finiteNumber() throws -> Double {
        let number = try number()
        guard number.isFinite else { throw invalid("a finite number is wanted") }
        guard Float(number).isFinite else { throw invalid("a number that float32 can hold is wanted, at most 3.4e38 in size") }
        return number
    }

    public func table() throws -> LuaTable {
        guard case .table(let table) = value else { throw mismatch("table") }
        return table
    }

    public func function() throws -> LuaFunction {
        guard case .function(let function) = value else { throw mismatch("function") }
        return function
    }

    /// A Swift object of a class or protocol.
    public func object<T>(_ type: T.Type) throws -> T {
        guard case .object(let object) = value, let match = object as? T else { throw mismatch(state.classes.name(of: type)) }
        return match
    }

    /// The object if it is one of that type, nil for anything else.
    public func objectIfPresent<T>(_ type: T.Type) -> T? {
        guard case .object(let object) = value else { return nil }
        return object as? T
    }

    /// One of the given words.
    public func choice(_ choices: [String]) throws -> String {
        guard case .string(let word) = value else { throw mismatch("one of " + quotedList(choices)) }
        guard choices.contains(word) else {
            let hint = nearestName(to: word, in: choices).map { " (did you mean '\($0)'?)" } ?? ""
            throw LuaError("\(place): expected one of \(quotedList(choices)), got '\(word)'\(hint)")
        }
        return word
    }

    /// The entries of a list, each with its place. A table with other keys than 1 to n is no list, since what stands under them would be
    /// lost in silence; the `n` of `table.pack` is let through.
    /// - Throws: ``LuaError`` for anything else, and for tables that are nested deeper than ``LuaTable/maximumNesting``, or that hold
    ///   themselves or one another so often that more entries come of them than there can be.
    public func list() throws -> [LuaSlot] {
        guard case .table(let table) = value else { throw mismatch("table") }
        let values = try table.list()
        if let key = try table.keys(behind: values.count).first(where: { $0 != .string("n") }) {
            throw invalid("a list is wanted, with the keys 1 to n and no gap; there is the key \(state.describe(key))")
        }
        let walk = try walk(into: values.count)
        return values.enumerated().map { slot($1, .integer($0 + 1), walk) }
    }

    /// All entries of a table in Lua's order, which is arbitrary, each with its place. - Throws: as ``list()`` does.
    public func entries() throws -> [(key: LuaValue, slot: LuaSlot)] {
        guard case .table(let table) = value else { throw mismatch("table") }
        let pairs = try table.pairs()
        let walk = try walk(into: pairs.count)
        return pairs.map { ($0.key, slot($0.value, $0.key, walk)) }
    }

    /// A named field of this table, with its place.
    public func field(_ name: String, _ value: LuaValue) -> LuaSlot { slot(value, .string(name), walk) }

    private func slot(_ value: LuaValue, _ key: LuaValue, _ walk: TableWalk?) -> LuaSlot {
        var slot = LuaSlot(value, state: state, place: .entry(key, of: place))
        slot.depth = depth + 1
        slot.walk = walk
        return slot
    }

    /// Counts the entries of this table for the value that it is part of.
    private func walk(into count: Int) throws -> TableWalk {
        let walk = walk ?? TableWalk(place: place, limit: state.mostEntriesRead)
        guard depth < LuaTable.maximumNesting else {
            throw LuaError("\(walk.place): tables are nested more than \(LuaTable.maximumNesting) deep, or one holds itself")
        }
        walk.entries += count
        guard walk.entries <= walk.limit else {
            throw LuaError("\(walk.place): its tables hold themselves or one another so often that more than \(walk.limit) entries come of them")
        }
        return walk
    }

    public func strings() throws -> [String] { try elements("table of strings") { try $0.string() } }
    public func integers() throws -> [Int] { try elements("table of integers") { try $0.integer() } }
    public func numbers() throws -> [Double] { try elements("table of numbers") { try $0.number() } }
    public func finiteNumbers() throws -> [Double] { try elements("table of numbers") { try $0.finiteNumber() } }
    public func objects<T>(_ type: T.Type) throws -> [T] {
        try elements("table of \(state.classes.name(of: type)) objects") { try $0.object(type) }
    }

    /// The fields of an option table; see ``LuaOptions``.
    public func options() throws -> LuaOptions {
        switch value {
        case .nil: return LuaOptions(fields: [], function: place.function, state: state)
        case .table(let table) where uncalled == nil: return LuaOptions(fields: try table.pairs(), function: place.function, state: state)
        default: throw mismatch("table of options")
        }
    }

    private func elements<R>(_ wanted: String, _ read: (LuaSlot) throws -> R) throws -> [R] {
        guard case .table = value else { throw mismatch(wanted) }
        return try list().map(read)
    }
}

/// The reading of one value with all tables in it.
private final class TableWalk {
    /// The place of the outermost table.
    let place: LuaSlot.Place
    let limit: Int
    var entries = 0

    init(place: LuaSlot.Place, limit: Int) {
        self.place = place
        self.limit = limit
    }
}

extension LuaSlot.Place: CustomStringConvertible {
    var function: String {
        switch self {
        case .argument(_, _, let function), .option(_, let function): return function
        case .entry(_, let outer): return outer.function
        case .named(let name): return name
        }
    }

    var description: String {
        switch self {
        case .argument(let number, let name, let function):
            return "\(function): argument \(number)" + (name.map { " (\($0))" } ?? "")
        case .option(let name, let function): return "\(function): option '\(name)'"
        case .entry(.integer(let index), let outer): return "\(outer)[\(index)]"
        case .entry(.string(let key), let outer): return "\(outer).\(key)"
        case .entry(_, let outer): return "\(outer)[...]"
        case .named(let name): return name
        }
    }
}

func quotedList(_ words: [String]) -> String { words.map { "'\($0)'" }.joined(separator: ", ") }

import TextFormat

/// A table of options. Read all that the function knows, then call ``finish()``, which refuses the rest.
public final class LuaOptions: LuaArguments {
    public let state: LuaState
    private let function: String
    private var values: [String: LuaValue] = [:]
    private var positional: LuaValue?
    private var known: [String] = []
    /// The options that the function's documentation names; empty where there is none.
    var documented: [String] = []

    init(fields: [(key: LuaValue, value: LuaValue)], function: String, state: LuaState) {
        self.state = state
        self.function = function
        for (key, value) in fields {
            if case .string(let name) = key { values[name] = value } else { positional = key }
        }
    }

    public func slot(_ name: String, _: String?) -> LuaSlot {
        if !known.contains(name) { known.append(name) }
        var slot = LuaSlot(values[name] ?? .nil, state: state, place: .option(name, function: function))
        if slot.isNil { slot.misspelled = misspelling(of: name) }
        return slot
    }

    /// A name that was given and is no option, to which `name` is the nearest one.
    private func misspelling(of name: String) -> String? {
        guard documented.contains(name) else { return nil }
        return values.keys.filter { !documented.contains($0) && !known.contains($0) && nearestName(to: $0, in: documented) == name }.min()
    }

    /// The names that were given, sorted.
    public var names: [String] { values.keys.sorted() }

    /// Refuses options that were never asked for. - Throws: ``LuaError`` that names the nearest known option.
    public func finish() throws {
        if let positional {
            throw LuaError("\(function): options are named (name = value), got an entry with key \(state.describe(positional))")
        }
        guard let unknown = values.keys.filter({ !known.contains($0) }).min() else { return }
        let hint = suggestion(for: unknown, in: known)
        if !hint.isEmpty { throw LuaError("\(function): unknown option '\(unknown)'\(hint)") }
        throw LuaError(known.isEmpty ? "\(function): unknown option '\(unknown)' (it takes none)"
            : "\(function): unknown option '\(unknown)' (known: \(known.sorted().joined(separator: ", ")))")
    }
}

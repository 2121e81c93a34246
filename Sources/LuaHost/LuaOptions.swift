import TextFormat

/// A table of options. Read all that the function knows, then call ``finish()``, which refuses the rest.
public final class LuaOptions: LuaArguments {
    public let state: LuaState
    private let function: String
    private var values: [String: LuaValue] = [:]
    private var positional: LuaValue?
    private var known: [String] = []

    init(fields: [(key: LuaValue, value: LuaValue)], function: String, state: LuaState) {
        self.state = state
        self.function = function
        for (key, value) in fields {
            if case .string(let name) = key { values[name] = value } else { positional = key }
        }
    }

    public func slot(_ name: String, _: String?) -> LuaSlot {
        if !known.contains(name) { known.append(name) }
        return LuaSlot(values[name] ?? .nil, state: state, place: .option(name, function: function))
    }

    /// The names that were given, sorted.
    public var names: [String] { values.keys.sorted() }

    /// Refuses options that were never asked for. - Throws: ``LuaError`` that names the nearest known option.
    public func finish() throws {
        if let positional {
            throw LuaError("\(function): options are named (name = value), got an entry with key \(state.describe(positional))")
        }
        guard let unknown = values.keys.filter({ !known.contains($0) }).min() else { return }
        if let near = nearestName(to: unknown, in: known) {
            throw LuaError("\(function): unknown option '\(unknown)' (did you mean '\(near)'?)")
        }
        throw LuaError(known.isEmpty ? "\(function): unknown option '\(unknown)' (it takes none)"
            : "\(function): unknown option '\(unknown)' (known: \(known.sorted().joined(separator: ", ")))")
    }
}

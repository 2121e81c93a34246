/// One call of a Swift function from Lua: its arguments, counted from 1 without the object of a method.
public struct LuaCall: LuaArguments {
    public let state: LuaState
    /// All arguments behind the object of a method.
    public let arguments: [LuaValue]
    let box: FunctionBox
    /// The object of a method, the table of a constructor.
    let hidden: LuaValue

    init(state: LuaState, box: FunctionBox, all: [LuaValue]) {
        self.state = state
        self.box = box
        hidden = box.hiddenArguments > 0 ? all.first ?? .nil : .nil
        arguments = box.hiddenArguments > 0 ? Array(all.dropFirst(box.hiddenArguments)) : all
    }

    public var count: Int { arguments.count }

    /// The name of the function in errors.
    public var name: String { box.name }

    public func slot(_ position: Int, _ name: String?) -> LuaSlot {
        let value = position >= 1 && position <= arguments.count ? arguments[position - 1] : .nil
        return LuaSlot(value, state: state, place: .argument(position, name: name ?? documentedName(position), function: box.name))
    }

    /// An option table, which is the last argument; an absent one has no fields. It knows the options that the documentation names.
    /// - Throws: ``LuaError`` for another value in its place, or for further arguments, which nobody would read.
    public func options(_ position: Int, _ name: String? = nil) throws -> LuaOptions {
        if arguments.dropFirst(position).contains(where: { !$0.isNil }) { try requireAtMost(position) }
        let options = try slot(position, name).options()
        options.documented = box.doc.options.map(\.name)
        return options
    }

    /// Refuses more arguments than the function takes. - Throws: ``LuaError``.
    public func requireAtMost(_ count: Int) throws {
        guard arguments.count > count else { return }
        throw LuaError("\(box.name): expected at most \(count) argument\(count == 1 ? "" : "s"), got \(arguments.count)")
    }

    /// A list to return.
    public func list(_ values: [LuaValue]) throws -> LuaValue { .table(try state.list(values)) }

    /// A table with named fields to return.
    public func record(_ fields: [(String, LuaValue)]) throws -> LuaValue { .table(try state.record(fields)) }

    /// An error that begins with the function's name. The position in the script is added when it is raised.
    public func error(_ message: String) -> LuaError { LuaError("\(box.name): \(message)") }

    private func documentedName(_ position: Int) -> String? {
        if position <= box.doc.parameters.count { return box.doc.parameters[position - 1].name }
        return position == box.doc.parameters.count + 1 && !box.doc.options.isEmpty ? "options" : nil
    }
}

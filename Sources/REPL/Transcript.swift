import LuaHost
import TextFormat

/// What the prompt shows for an outcome, as text.
public struct Transcript {
    private let state: LuaState
    /// Whether errors are in red.
    private let isColoured: Bool

    public init(state: LuaState, isColoured: Bool) {
        self.state = state
        self.isColoured = isColoured
    }

    /// Several values share a line if each fits on one; no values, no text.
    public func text(of values: [LuaValue], width: Int) -> String {
        let printer = LuaPrinter(state: state, width: width)
        let texts = values.map(printer.text)
        return texts.joined(separator: texts.contains { $0.contains("\n") } ? "\n" : "\t")
    }

    /// The message, and for errors below the typed line where they came from.
    public func text(of error: LuaError) -> String {
        let message = isColoured ? "\u{1B}[31m\(error.message)\u{1B}[0m" : error.message
        guard !error.isInterrupt, let traceback = error.traceback else { return message }
        let frames = traceback.split(separator: "\n").dropFirst()
        // A traceback of the typed line alone says nothing new.
        let isDeep = frames.contains { !$0.contains("[C]: in") && !$0.contains("stdin:") }
            || frames.filter { $0.contains("stdin:") }.count > 1
        return isDeep ? message + "\n" + traceback : message
    }

    /// What is known about a name: first as an expression that names a value, else by its documentation.
    public func help(_ name: String?) -> String {
        guard let name else { return Transcript.manners }
        let globals = try? state.globals
        let parts = name.split(whereSeparator: { $0 == "." || $0 == ":" }).map(String.init)
        let value = globals.map { parts.reduce(LuaValue.table($0)) { state.rawMember($1, of: $0) } } ?? .nil
        return state.documentation.help(for: value, state: state)
            ?? state.documentation.help(for: .string(name), state: state)
            ?? "No help on '\(name)'."
    }

    private static let manners = """
        expression         prints its value; ; at the end keeps it quiet; _ is the last result
        ?name, help(name)  what is known about a function, class or object
        Tab                completes names; arrow keys recall earlier lines
        Ctrl-C             stops a computation or drops a half-typed line
        Ctrl-D, exit       leaves
        A local variable of a typed line is kept as a global, so that the next line sees it.
        """
}

import LuaHost
import TextFormat

/// The heart of the prompt: lines of text in, values or an error out. It knows no terminal.
public final class Session {
    /// What a line led to.
    public enum Outcome {
        /// The chunk so far is the beginning of a valid one: more lines are wanted.
        case incomplete
        /// It ran. `isSilent` tells that a `;` at the end asked not to show the values.
        case values([LuaValue], isSilent: Bool)
        /// It did not compile or did not run through.
        case error(LuaError)
        /// The user asked about a name (nil: about the prompt).
        case help(String?)
        /// The user asked to leave.
        case leave
    }

    private let state: LuaState
    private var pending = ""
    private var progress = ChunkProgress()
    /// The global through which a chunk hands over its local variables while it runs.
    private static let handOver = "(local variables of the prompt)"

    public init(state: LuaState) { self.state = state }

    /// Whether the next line continues a chunk.
    public var isContinuing: Bool { !pending.isEmpty }

    /// Forgets the lines of an unfinished chunk.
    public func cancel() {
        pending = ""
        progress = ChunkProgress()
    }

    /// Takes one line of input.
    public func feed(_ line: String) -> Outcome {
        if pending.isEmpty {
            let word = line.trimmed
            if word.isEmpty { return .values([], isSilent: true) }
            if word.hasPrefix("?") {
                let name = String(word.dropFirst()).trimmed
                return .help(name.isEmpty ? nil : name)
            }
            if word == "exit" || word == "quit" { return .leave }
        }
        // The newline makes an unfinished string a mistake of its line instead of a chunk that goes on.
        pending += line
        pending += "\n"
        guard progress.isWorthCompiling(after: line) else { return .incomplete }
        let chunk = pending
        let compiled: LuaFunction
        do {
            compiled = try compile(chunk)
        } catch let error as LuaError where error.isIncompleteChunk {
            return .incomplete
        } catch {
            cancel()
            return .error(error as? LuaError ?? LuaError("\(error)"))
        }
        cancel()
        return run(compiled, isSilent: chunk.trimmed.hasSuffix(";"))
    }

    /// Ends the input: an unfinished chunk is an error, which says what is missing.
    /// - Returns: nil where nothing was begun.
    public func finish() -> Outcome? {
        guard isContinuing else { return nil }
        let chunk = pending
        cancel()
        do {
            return run(try compile(chunk), isSilent: chunk.trimmed.hasSuffix(";"))
        } catch {
            return .error(error as? LuaError ?? LuaError("\(error)"))
        }
    }

    /// An expression if it reads as one, else statements. - Throws: the error of the reading that got further.
    private func compile(_ chunk: String) throws -> LuaFunction {
        let expressionError: LuaError
        do {
            return try load("return " + chunk)
        } catch let error as LuaError {
            expressionError = error
        }
        do {
            let statements = try load(chunk)
            // A prompt whose `local x` is gone on the next line is a trap, so locals are kept as globals.
            return (try? load(chunk + ";_ENV['\(Session.handOver)']()")) ?? statements
        } catch let statementError as LuaError {
            if statementError.isIncompleteChunk { throw statementError }
            if expressionError.isIncompleteChunk || statementError.isAtStart(of: chunk) { throw expressionError }
            throw statementError
        }
    }

    private func load(_ chunk: String) throws -> LuaFunction { try state.load(chunk, name: "=stdin") }

    private func run(_ function: LuaFunction, isSilent: Bool) -> Outcome {
        do {
            let globals = try state.globals
            try globals.set(Session.handOver, .function(state.function("local variables") { call in
                for (name, value) in try call.localsOfCaller() { try globals.set(name, value) }
                return []
            }))
            defer { try? globals.set(Session.handOver, .nil) }
            Interrupt.settle()
            // What is shown of the result may be interrupted by itself.
            defer { Interrupt.settle() }
            let values = try function.call()
            if let first = values.first { try globals.set("_", first) }
            return .values(values, isSilent: isSilent)
        } catch let error as LuaError {
            return .error(error)
        } catch {
            return .error(LuaError("\(error)"))
        }
    }
}

extension LuaError {
    /// Whether a compiler's message points at the first word of the text.
    fileprivate func isAtStart(of chunk: String) -> Bool {
        guard let near = message.lastIndex(of: " ") else { return false }
        let word = message[message.index(after: near)...].filter { $0 != "'" }
        return message.contains("unexpected symbol near") && !word.isEmpty && chunk.trimmed.hasPrefix(word)
    }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        var text = Substring(self)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}

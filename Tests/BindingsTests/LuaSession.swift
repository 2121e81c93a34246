import Bindings
import LuaHost

/// A Lua state with `sentx` loaded into a global of that name.
final class LuaSession {
    let state: LuaState

    init() throws {
        state = try LuaState()
        try SentxModule.install(in: state) { _ in }
        try state.run("sentx = require 'sentx'")
    }

    deinit { state.close() }

    /// What a chunk returns.
    @discardableResult
    func run(_ source: String) throws -> [LuaValue] { try state.run(source, name: "=test") }

    /// The text of the first thing that a chunk returns.
    func text(_ source: String) throws -> String { try state.tostring(run(source).first ?? .nil) }

    /// The first line of the error that a chunk raises, without its position.
    func errorMessage(_ source: String) -> String {
        do {
            return "no error, but \(try run(source))"
        } catch {
            let line = "\(error)".split(separator: "\n").first.map(String.init) ?? ""
            return line.hasPrefix("test:") ? String(line.drop { $0 != " " }.dropFirst()) : line
        }
    }
}

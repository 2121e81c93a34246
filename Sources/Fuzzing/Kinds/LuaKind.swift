import Files
import Glibc
import LuaHost

/// Scripts that call the API in every way.
final class LuaKind: FuzzKind {
    static let name = "lua"
    static let summary = "the Lua API, called by generated scripts"
    static let stopsAtInterrupt = true

    private let source: String
    private let place: String
    private let writer: ScriptWriter
    private let prelude: String

    init(workspace: String) throws {
        source = Path.join(workspace, "source")
        // Deep, so that names that lead out of it stay in the workspace.
        place = Path.join(workspace, "place/a/b")
        try TinyModels.write(to: source)
        writer = ScriptWriter(try ScriptHost().state.documentation)
        prelude = ScriptPrelude.code(bases: writer.bases)
        try Folder.create(place)
        guard chdir(place) == 0 else { throw FileError("cannot use", path: place, code: errno) }
    }

    /// Every function once, a few to a script.
    func seeds() -> [[UInt8]] {
        var random = RandomSource(seed: 1)
        return stride(from: 0, to: writer.callCount, by: 12).map { start in
            script((start..<min(start + 12, writer.callCount)).map { writer.line($0, &random) })
        }
    }

    private func script(_ lines: [String]) -> [UInt8] { Array(lines.joined(separator: "\n").utf8) }

    func mutated(_ input: [UInt8], _ random: inout RandomSource) -> [UInt8] {
        var lines = String(decoding: input, as: UTF8.self).split(separator: "\n").map(String.init)
        if lines.count > 24 { lines.removeFirst(lines.count - 24) }
        for _ in 0..<random.count(upTo: 6) {
            let place = random.below(lines.count)
            switch random.below(6) {
            case 0 where lines.count > 1: lines.remove(at: place)
            case 1 where !lines.isEmpty: lines.append(lines[place])
            case 2 where !lines.isEmpty: lines[place] = String(decoding: ByteMutation.mutated(Array(lines[place].utf8), &random), as: UTF8.self)
            default: lines.insert(writer.line(&random), at: random.below(lines.count + 1))
            }
        }
        return script(lines)
    }

    func attempt(_ input: [UInt8]) throws {
        try? Folder.remove("models")
        for name in ["out", "run"] { try? Folder.remove(name) }
        try FolderCopy.copy(source, to: "models")
        let host = try ScriptHost()
        do { try host.run(prelude) } catch { throw WrongAnswer("\(error)") }
        for line in input.split(separator: 10) {
            do {
                try host.state.load(bytes: Array(line), name: "=script").call()
            } catch {
                if error.isInterrupt { throw error }
            }
            if case .string(let complaint) = try host.state.globals.get("complaint") { throw WrongAnswer(complaint) }
        }
        try host.state.collectGarbage()
    }
}

import Foundation
import REPL
import Testing

@Suite struct HistoryFileTests {
    private let folder = NSTemporaryDirectory() + "history-\(UInt64.random(in: 0 ... .max))"

    @Test func linesComeBackInOrder() {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = HistoryFile(path: folder + "/deep/er/history")
        #expect(file.read() == [])
        file.append("x = 1")
        file.append("print 'ü'")
        #expect(file.read() == ["x = 1", "print 'ü'"])
    }

    @Test func onlyTheNewestLinesAreKept() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = HistoryFile(path: folder + "/history", limit: 3)
        for index in 1...7 { file.append("\(index)") }
        #expect(file.read() == ["5", "6", "7"])
        #expect(try String(contentsOfFile: folder + "/history", encoding: .utf8) == "5\n6\n7\n")
    }

    /// A pipe would wait for its other end, a device has none.
    @Test func whatIsNoRegularFileIsLeftAlone() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        mkfifo(folder + "/fifo", 0o600)
        for path in [folder + "/fifo", "/dev/zero", folder] {
            let file = HistoryFile(path: path)
            #expect(file.read() == [])
            file.append("x = 1")
        }
        mkfifo(folder + "/history.new", 0o600)
        let file = HistoryFile(path: folder + "/history", limit: 1)
        for index in 1...5 { file.append("\(index)") }
        #expect(file.read() == ["5"])
    }

    @Test func onlyTheEndOfAHugeFileIsRead() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = HistoryFile(path: folder + "/history")
        file.append("old")
        truncate(folder + "/history", 1 << 40)
        file.append("")
        file.append("new")
        #expect(file.read() == ["new"])
    }

    @Test(arguments: [
        (["XDG_STATE_HOME": "/s", "HOME": "/h"], "/s"), (["HOME": "/h"], "/h/.local/state"),
            (["XDG_STATE_HOME": "s", "HOME": "/h"], "/h/.local/state"),
    ]) func placeFollowsTheEnvironment(environment: [String: String], folder: String) {
        #expect(HistoryFile.standard(program: "p", environment: environment)?.path == folder + "/p/history")
        #expect(HistoryFile.standard(program: "p", environment: [:]) == nil)
    }
}

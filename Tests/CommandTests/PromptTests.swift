import Foundation
import Testing

@Suite struct PromptTests {
    @Test func pipedInputIsEvaluatedWithoutPromptOrEcho() throws {
        let result = try runCommand("sentx-repl", input: "1 + 1\nfor i = 1, 2 do\n  print(i)\nend\nlocal x = 'a'\nx\n{b = 2, a = 1}")
        #expect(result.output == "2\n1\n2\n\"a\"\n{a = 1, b = 2}\n")
        #expect(result.error == "" && result.code == 0)
    }

    @Test(arguments: [
        ("x = = 1\n2", "2\n", "stdin:1: unexpected symbol near '='\n"),
        ("error('no')\n2\n", "2\n", "stdin:1: no\n"),
        ("1\nfor i = 1, 2 do", "1\n", "stdin:2: 'end' expected (to close 'for' at line 1) near <eof>\n"),
    ]) func failedPipedInputGivesExitCodeOne(input: String, output: String, error: String) throws {
        let result = try runCommand("sentx-repl", input: input)
        #expect(result.code == 1 && result.output == output && result.error == error)
    }

    @Test func scriptsReadTheRestOfThePipe() throws {
        #expect(try runCommand("sentx-repl", input: "io.read()\nthis is data\n3\n").output == "\"this is data\"\n3\n")
    }

    @Test func argumentsAreExplainedOrRefused() throws {
        #expect(try runCommand("sentx-repl", ["--help"]).output.hasPrefix("usage: sentx-repl\n"))
        #expect(try runCommand("sentx-repl", ["file.lua"]).code == 64)
    }

    /// The whole loop on a pseudo terminal, where the system has one (a bare chroot has none).
    @Test(.enabled(if: Terminal.isAvailable)) func terminalSessionSurvivesControlCAndKeepsHistory() throws {
        let home = NSTemporaryDirectory() + "home-\(UInt64.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: home) }
        let first = try Terminal(home: home)
        first.atPrompt(type: "40 + 2\r")
        #expect(first.wait(for: "\n42\r\n"))
        first.atPrompt(type: "half a li")
        #expect(first.wait(for: "half a li"))
        first.type("\u{3}")
        #expect(first.wait(for: "^C"))
        first.atPrompt(type: "function f()\r")
        first.atPrompt(">> ", type: "\u{3}")
        #expect(first.wait(for: "^C"))
        first.atPrompt(type: "6 * 7 .. ''\r")
        #expect(first.wait(for: "\"42\""))
        first.atPrompt(type: "print('go') while true do end\r")
        #expect(first.wait(for: "\ngo\r\n"))
        first.process.interrupt()
        #expect(first.wait(for: "interrupted!"))
        first.atPrompt(type: "string.form\t'%03d', 7)\r")
        #expect(first.wait(for: "\"007\""))
        first.atPrompt(type: "\u{4}")
        #expect(first.exitCode() == 0)

        let second = try Terminal(home: home)
        second.atPrompt(type: "\u{10}\r")
        #expect(second.wait(for: "\"007\""))
        second.atPrompt(type: "quit\r")
        #expect(second.exitCode() == 0)
    }
}

/// `sentx-repl` on a pseudo terminal.
private final class Terminal {
    let process = Process()
    private let handle: FileHandle
    private var seen = ""

    /// Whether this system can open a pseudo terminal.
    static var isAvailable: Bool {
        let main = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        if main >= 0 { close(main) }
        return main >= 0
    }

    init(home: String) throws {
        let main = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        // TIOCSPTLCK and TIOCGPTN, whose macros Swift cannot import: unlock the other side and ask for its number.
        var (locked, number) = (Int32(0), Int32(0))
        _ = ioctl(main, 0x4004_5431, &locked)
        _ = ioctl(main, 0x8004_5430, &number)
        var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(main, UInt(TIOCSWINSZ), &size)
        let side = FileHandle(fileDescriptor: open("/dev/pts/\(number)", O_RDWR | O_NOCTTY), closeOnDealloc: true)
        handle = FileHandle(fileDescriptor: main, closeOnDealloc: true)
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent("sentx-repl")
        process.environment = ["HOME": home, "TERM": "xterm", "LANG": "C.UTF-8"]
        process.standardInput = side
        process.standardOutput = side
        process.standardError = side
        try process.run()
    }

    func type(_ text: String) { handle.write(Data(text.utf8)) }

    /// Types when the prompt is there. Keys that reach the terminal earlier are the terminal's, not the editor's: it would
    /// drop what is typed at Ctrl-C, and take Ctrl-D for a mark in its own line.
    func atPrompt(_ prompt: String = "> ", type text: String) {
        if wait(for: prompt) { type(text) } else { Issue.record("no prompt \(prompt) before typing \(text.debugDescription)") }
    }

    /// The exit code, or nil if the program goes on for ten seconds; it is then killed.
    func exitCode() -> Int32? {
        let end = Date().addingTimeInterval(10)
        while process.isRunning {
            if Date() > end {
                kill(process.processIdentifier, SIGKILL)
                return nil
            }
            // What is not read would keep the program waiting for its terminal.
            read()
        }
        return process.terminationStatus
    }

    /// Reads until the text shows up behind what was waited for before. - Returns: false after ten seconds.
    func wait(for text: String) -> Bool {
        let end = Date().addingTimeInterval(10)
        while Date() < end {
            if let range = seen.range(of: text) {
                seen = String(seen[range.upperBound...])
                return true
            }
            read()
        }
        return false
    }

    /// Takes what has come, after a tenth of a second at most.
    private func read() {
        var poll = pollfd(fd: handle.fileDescriptor, events: Int16(POLLIN), revents: 0)
        var bytes = [UInt8](repeating: 0, count: 4096)
        guard Glibc.poll(&poll, 1, 100) > 0 else { return }
        let count = Glibc.read(handle.fileDescriptor, &bytes, bytes.count)
        // The other side hanging up is an error of reading here.
        if count > 0 { seen += String(decoding: bytes[..<count], as: UTF8.self) } else { usleep(10_000) }
    }
}

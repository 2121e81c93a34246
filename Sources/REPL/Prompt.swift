import CLineEditor
import Glibc
import LuaHost

/// The loop around a ``Session``: on a terminal with line editing, else plain lines from standard input.
public final class Prompt {
    private let state: LuaState
    private let session: Session
    private let transcript: Transcript
    private let completer: Completer
    private let program: String

    /// - Parameter program: names the history file and the editor's settings.
    public init(state: LuaState, program: String) {
        self.state = state
        self.program = program
        session = Session(state: state)
        completer = Completer(state: state)
        let isDumb = getenv("TERM").map { strcmp($0, "dumb") == 0 } ?? true
        transcript = Transcript(state: state, isColoured: isatty(STDERR_FILENO) == 1 && !isDumb && getenv("NO_COLOR") == nil)
    }

    /// Whether a person is at both ends.
    public static var isOnTerminal: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }

    /// Reads to the end of the input.
    /// - Parameter banner: shown on a terminal first.
    /// - Returns: 0; for input that was not typed on a terminal 1 if some of it had an error, and 130 if Ctrl-C ended it.
    public func run(banner: String) -> Int32 {
        Prompt.isOnTerminal ? runOnTerminal(banner: banner) : runPlain()
    }

    private func runPlain() -> Int32 {
        var failed = false
        while let line = readTextLine(from: stdin) {
            let outcome = session.feed(line)
            if case .leave = outcome { return failed ? 1 : 0 }
            if case .error = outcome { failed = true }
            show(outcome, width: 80)
        }
        if Interrupt.isRequested { return 130 }
        if let outcome = session.finish() {
            if case .error = outcome { failed = true }
            show(outcome, width: 80)
        }
        return failed ? 1 : 0
    }

    private func runOnTerminal(banner: String) -> Int32 {
        let context = Unmanaged.passUnretained(self).toOpaque()
        guard let editor = line_editor_open(program, context, { context, line, columns in
            Unmanaged<Prompt>.fromOpaque(context!).takeUnretainedValue().completion(String(cString: line!), Int(columns))
        }) else { return runPlain() }
        defer { line_editor_close(editor) }
        let history = HistoryFile.standard(program: "sentx", environment: environment(["XDG_STATE_HOME", "HOME"]))
        for line in history?.read() ?? [] { line_editor_remember(editor, line) }
        print(banner)
        while true {
            fflush(stdout)
            var text: UnsafeMutablePointer<CChar>?
            switch line_editor_read(editor, session.isContinuing ? ">> " : "> ", &text) {
            case LINE_CANCELLED:
                session.cancel()
            case LINE_READ:
                let line = String(cString: text!)
                free(text)
                if !line.allSatisfy(\.isWhitespace) {
                    line_editor_remember(editor, line)
                    history?.append(line)
                }
                let outcome = session.feed(line)
                if case .leave = outcome { return 0 }
                show(outcome, width: Int(line_editor_columns(80)))
            default:
                if session.isContinuing {
                    // Ctrl-D in the middle of a chunk drops the chunk.
                    session.cancel()
                    print("")
                } else {
                    print("")
                    return 0
                }
            }
        }
    }

    private func show(_ outcome: Session.Outcome, width: Int) {
        switch outcome {
        case .incomplete, .leave, .values(_, isSilent: true): break
        case .values(let values, _):
            if !values.isEmpty { print(transcript.text(of: values, width: width)) }
        case .help(let name): print(transcript.help(name))
        case .error(let error):
            fflush(stdout)
            fputs(transcript.text(of: error) + "\n", stderr)
        }
        fflush(stdout)
    }

    private func completion(_ line: String, _ columns: Int) -> line_completion {
        if line.allSatisfy(\.isWhitespace) { return line_completion(insertion: strdup("  "), listing: nil) }
        let found = completer.complete(line)
        let needsList = found.insertion.isEmpty && !found.candidates.isEmpty
        return line_completion(insertion: found.insertion.isEmpty ? nil : strdup(found.insertion),
                               listing: needsList ? strdup(Completer.columns(found.candidates, width: columns)) : nil)
    }

    private func environment(_ names: [String]) -> [String: String] {
        var values: [String: String] = [:]
        for name in names { values[name] = getenv(name).map { String(cString: $0) } }
        return values
    }
}

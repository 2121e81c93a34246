import Glibc
import TextFormat

/// Where the lines of a run go: the terminal and a file. A progress bar is kept below the lines on a terminal; elsewhere
/// progress is a plain line now and then.
public final class RunLog {
    /// The file, which lines are appended to; nil without one.
    public let path: String?
    private let file: Int32
    private let write: (String) -> Void
    private let showsBar: Bool
    private var barIsShown = false
    private var lastProgress = -Double.infinity

    /// Seconds between two drawings of the bar, and between two plain lines.
    private static let barInterval = 0.1
    private static let plainInterval = 30.0

    /// - Parameters:
    ///   - path: the log file, made with its folder where missing; nil writes none.
    ///   - showsBar: whether progress is drawn as a bar; by default if standard error is a terminal.
    ///   - write: gets every line, line break included; standard output by default.
    /// - Throws: ``FileError`` if the file cannot be written to.
    public init(path: String?, showsBar: Bool = isatty(STDERR_FILENO) != 0, write: ((String) -> Void)? = nil) throws {
        self.path = path
        self.showsBar = showsBar
        self.write = write ?? { text in
            fputs(text, stdout)
            fflush(stdout)
        }
        guard let path else {
            file = -1
            return
        }
        file = try AppendedFile.open(path)
        if let process = AppendedFile.mark(file) {
            line("\(path) is written by another run too (process \(process)), so that the lines of both mix in it; give one of them another run_name")
        }
    }

    deinit {
        if file >= 0 { close(file) }
    }

    /// Writes one line to the terminal and to the file.
    /// - Parameter short: what the terminal gets in its place; without a file it gets the whole line.
    public func line(_ text: String, onTerminal short: String? = nil) {
        hideBar()
        write((file >= 0 ? short ?? text : text) + "\n")
        if file >= 0 { AppendedFile.write(text + "\n", to: file) }
    }

    /// Writes a line that the terminal is shown in another way; without a file it goes nowhere.
    func lineInFile(_ text: String) {
        if file >= 0 { AppendedFile.write(text + "\n", to: file) }
    }

    /// Shows progress, not more often than useful unless `isLast`.
    public func progress(_ line: ProgressLine, isLast: Bool = false) {
        let now = Clock.now()
        if showsBar {
            guard isLast || now - lastProgress >= Self.barInterval else { return }
            fputs("\r\u{1B}[K" + line.bar(width: TerminalWidth.ofErrors - 1), stderr)
            fflush(stderr)
            barIsShown = true
        } else {
            if lastProgress == -.infinity { lastProgress = now }
            guard now - lastProgress >= Self.plainInterval else { return }
            self.line(line.plain)
        }
        lastProgress = now
    }

    /// Clears the bar, for other output.
    public func hideBar() {
        guard barIsShown else { return }
        fputs("\r\u{1B}[K", stderr)
        fflush(stderr)
        barIsShown = false
    }
}

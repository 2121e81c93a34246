import Glibc
import LuaHost
import TextFormat

/// Shows how far a long call is, in a line of the terminal that is written over and removed at the end. Where standard
/// error is not a terminal, it shows nothing. Each report is also a place where Ctrl-C ends the call.
final class ProgressCounter {
    private let isShown: Bool
    private var stage = ""
    private var started = 0.0
    private var drawn = 0.0
    private var width = 0

    /// - Parameter isWanted: false only polls for Ctrl-C.
    init(isWanted: Bool) { isShown = isWanted && isatty(STDERR_FILENO) == 1 }

    deinit { clear() }

    /// - Parameter stage: what is being done; a new one starts a new estimate of the time left.
    /// - Throws: `Interrupted` after Ctrl-C.
    func report(_ stage: String, done: Int, of total: Int) throws {
        try Interrupt.check()
        guard isShown else { return }
        let now = Self.seconds()
        if stage != self.stage {
            self.stage = stage
            started = now
        } else if now - drawn < 0.1 {
            return
        }
        drawn = now
        var line = "\(stage): \(done.grouped) of \(total.grouped)"
        let elapsed = now - started
        if done > 0 && elapsed > 1 { line += ", \((elapsed * Double(total - done) / Double(done)).fixed(0)) s left" }
        write("\r" + line.padded(to: width))
        width = line.count
    }

    private func clear() {
        if width > 0 { write("\r" + String(repeating: " ", count: width) + "\r") }
        width = 0
    }

    private func write(_ text: String) { fputs(text, stderr) }

    private static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}

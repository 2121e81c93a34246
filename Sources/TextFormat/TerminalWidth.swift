import Glibc

/// How many letters fit on a line of the terminal.
package enum TerminalWidth {
    /// The width where standard output goes, 80 if that is no terminal.
    package static var ofOutput: Int { width(of: STDOUT_FILENO) }

    /// The width where standard error goes, 80 if that is no terminal.
    package static var ofErrors: Int { width(of: STDERR_FILENO) }

    private static func width(of descriptor: Int32) -> Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 80 }
        return Int(size.ws_col)
    }
}

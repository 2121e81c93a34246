import Glibc

/// How many letters fit on a line.
enum TerminalWidth {
    /// The width of the terminal that standard output goes to, 80 where it goes elsewhere.
    static var current: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 80 }
        return Int(size.ws_col)
    }
}

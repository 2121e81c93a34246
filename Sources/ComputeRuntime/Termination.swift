import Glibc

/// How the program ends where an error cannot be thrown, as from within a kernel: with one line that says why, and a status of its own
/// (those of sysexits.h) instead of a signal.
public enum Termination: Int32, Sendable {
    /// A mistake in the program itself.
    case internalError = 70
    /// Memory that cannot be had.
    case outOfMemory = 71
    /// A setting of the environment that makes no sense.
    case environment = 78
    /// A library that is not there or does not work.
    case library = 127

    /// Ends the program. - Parameter message: what happened, and what to do.
    @inline(never)
    public func end(_ message: String) -> Never {
        fflush(stdout)
        fputs("sentx: \(message)\n", stderr)
        exit(rawValue)
    }
}

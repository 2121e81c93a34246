import Synchronization

/// How the host ends long work on a text, such as the search for a regular expression.
public enum Cancellation {
    /// Throws if work is to end. Long work calls it from whichever thread it is on.
    public typealias Check = @Sendable () throws -> Void

    private static let installed = Mutex<Check?>(nil)

    /// Says how to find out. Without it work is not ended.
    public static func install(_ check: @escaping Check) { installed.withLock { $0 = check } }

    /// The number of steps, a few nanoseconds each, between two calls of ``check()``.
    static let interval = 1_000_000

    /// - Throws: what the host's check throws.
    static func check() throws { try installed.withLock { $0 }?() }
}

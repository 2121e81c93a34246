/// What kernels ask of their callers.
///
/// Kernels are compiled without run-time checks. There a `precondition` tests nothing: the compiler takes its condition for granted. These
/// functions are compiled with checks, so that a broken condition ends the program with its reason wherever it is asked for.
public enum Contract {
    /// Ends the program unless `condition` holds.
    @inlinable @inline(__always)
    public static func require(_ condition: Bool, _ message: @autoclosure () -> String) {
        if !condition { broken(message()) }
    }

    /// Ends the program for a mistake in it.
    @inline(never)
    public static func broken(_ message: String) -> Never {
        Termination.internalError.end("internal error: \(message)")
    }
}

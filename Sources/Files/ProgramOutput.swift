import Glibc

/// How a program ends when its output cannot be written.
public enum ProgramOutput {
    /// The exit status of a program that could not write or read what it had begun to (EX_IOERR of sysexits.h).
    public static let failureStatus: Int32 = 74

    private nonisolated(unsafe) static var program: StaticString = ""
    private nonisolated(unsafe) static var isLost = false

    /// Call it first. A closed pipe ends the program quietly, as it does for other commands, also if the parent process ignored or
    /// blocked the signal. A file beyond the limit of its size (`ulimit -f`) fails with that reason, instead of ending the program.
    /// Text that standard output did not take, to a full disk for instance, makes an exit that would be a success one with
    /// ``failureStatus`` and a line on standard error, whoever calls `exit`.
    /// - Parameter program: begins that line.
    public static func prepare(program: StaticString) {
        self.program = program
        signal(SIGPIPE, SIG_DFL)
        var pipe = sigset_t()
        sigemptyset(&pipe)
        sigaddset(&pipe, SIGPIPE)
        sigprocmask(SIG_UNBLOCK, &pipe, nil)
        signal(SIGXFSZ, SIG_IGN)
        on_exit({ status, _ in ProgramOutput.check(status) }, nil)
    }

    /// Something else that the program goes on without was not written: says so once, and an exit that would be a success becomes one
    /// with ``failureStatus``.
    public static func lost(_ what: String, code: Int32) {
        if isLost { return }
        isLost = true
        fputs("cannot write to \(what): \(String(cString: strerror(code)))\n", stderr)
    }

    private static func check(_ status: Int32) {
        errno = 0
        // Bytes that could not be written are still in the buffer, so that the reason comes again.
        var reason: Int32 = 0
        while fflush(stdout) != 0 {
            reason = errno
            guard reason == EINTR else { break }
            clearerr(stdout)
        }
        let isOutputLost = reason != 0 || ferror(stdout) != 0
        guard isOutputLost || isLost, status == 0 else { return }
        if isOutputLost {
            let why = reason == 0 ? "some of it was lost" : String(cString: strerror(reason))
            fputs("\(program): cannot write to standard output: \(why)\n", stderr)
        }
        fflush(nil)
        _exit(failureStatus)
    }
}

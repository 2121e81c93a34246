import Glibc

/// A forked copy of the test process, for what would end or limit the process itself.
final class ChildProcess {
    enum Outcome: Equatable { case exited(Int32), killed(Int32) }

    private let id: pid_t

    /// Runs `body` in the child, whose exit code it returns. A child that hangs ends after 20 seconds.
    init(_ body: () -> Int32) {
        // Swift hides fork; the C library has it all the same. The child touches nothing but files and memory.
        let fork = unsafeBitCast(dlsym(nil, "fork"), to: (@convention(c) () -> pid_t).self)
        id = fork()
        if id == 0 {
            alarm(20)
            _exit(body())
        }
    }

    func kill() { Glibc.kill(id, SIGKILL) }

    func wait() -> Outcome {
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0 && errno == EINTR {}
        return status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .killed(status & 0x7F)
    }

    static func run(_ body: () -> Int32) -> Outcome { ChildProcess(body).wait() }
}

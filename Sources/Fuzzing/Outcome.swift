import Glibc

/// How a worker ended that should not have.
enum Outcome: Equatable {
    case signal(Int32)
    case exit(Int32)
    /// It did not come back within the time.
    case hang
    /// It took more memory than it may.
    case memory
    case wrongAnswer

    /// Nil for a good end.
    init?(status: Int32) {
        let signal = status & 0x7F, code = (status >> 8) & 0xFF
        if signal != 0 {
            self = .signal(signal)
        } else if code == Worker.Exit.wrongAnswer {
            self = .wrongAnswer
        } else if code != 0 {
            self = .exit(code)
        } else {
            return nil
        }
    }

    /// Fit for the name of a file.
    var name: String {
        switch self {
        case .signal(let number): return Self.signals.first { $0.number == number }?.name ?? "signal-\(number)"
        case .exit(let code): return "exit-\(code)"
        case .hang: return "hang"
        case .memory: return "memory"
        case .wrongAnswer: return "wrong-answer"
        }
    }

    private static let signals: [(number: Int32, name: String)] = [
        (SIGILL, "SIGILL"), (SIGTRAP, "SIGTRAP"), (SIGABRT, "SIGABRT"), (SIGBUS, "SIGBUS"), (SIGFPE, "SIGFPE"), (SIGSEGV, "SIGSEGV"),
        (SIGKILL, "SIGKILL"), (SIGPIPE, "SIGPIPE"), (SIGTERM, "SIGTERM"), (SIGINT, "SIGINT"), (SIGXFSZ, "SIGXFSZ"),
    ]
}

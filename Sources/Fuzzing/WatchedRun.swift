import Files
import Glibc

/// What one attempt may take.
package struct Limits {
    /// Seconds of processor time.
    package var seconds = 10.0
    /// Seconds on the clock, for what waits and does not compute.
    package var clockSeconds = 90.0
    package var bytes = 2 << 30

    package init() {}
}

/// Runs a worker to its end and ends it where an attempt exceeds its limits.
struct WatchedRun {
    let workspace: String
    let limits: Limits
    /// Whether an attempt that takes long is first asked to stop.
    let interrupts: Bool
    /// Whether the places of crashes are wanted, which takes a second each.
    var wantsPlace = true

    var outputPath: String { Path.join(workspace, "output") }

    /// - Parameter patience: the most seconds in which nothing is tried, for a worker that does not get so far.
    /// - Returns: nil for a good end; otherwise how it ended and what it printed.
    func run(_ arguments: [String], patience: Double = 120) throws -> (outcome: Outcome, output: String)? {
        let current = try CurrentInput(workspace: workspace)
        let child = try ChildProcess(arguments: arguments, output: outputPath, environment: environment)
        var watch = Watch(child, current)
        while true {
            if let status = child.status() {
                guard let outcome = Outcome(status: status) else { return nil }
                return (outcome, output())
            }
            usleep(10_000)
            if let outcome = watch.verdict(limits, interrupts: interrupts) {
                finish(child)
                return (outcome, output())
            }
            if watch.idleSeconds > patience {
                finish(child)
                return (.hang, output())
            }
        }
    }

    /// Asks for a backtrace, then ends the process.
    private func finish(_ child: ChildProcess) {
        if wantsPlace {
            child.send(SIGQUIT)
            let patience = Stopwatch(seconds: 20)
            while !patience.isOver {
                if child.status() != nil { return }
                usleep(10_000)
            }
        }
        child.send(SIGKILL)
        _ = child.status(waits: true)
    }

    private func output() -> String {
        String(decoding: ((try? FileContents.read(outputPath)) ?? []).prefix(1 << 18), as: UTF8.self)
    }

    private var environment: [String: String] {
        let backtrace = wantsPlace
            ? "enable=yes,color=no,interactive=no,limit=24,top=0,threads=crashed,registers=none,images=none,timeout=15s,output-to=stderr"
            : "enable=no"
        return [
            "SENTX_NUM_THREADS": "1", "SWIFT_BACKTRACE": backtrace, "TMPDIR": workspace, "SENTX_LOG_DIR": Path.join(workspace, "logs"),
            // The sanitizer leaves signals to others, and lets the program see that there is no memory.
            "ASAN_OPTIONS": "detect_leaks=0:quarantine_size_mb=64:malloc_context_size=4:abort_on_error=1:handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigill=0:handle_sigfpe=0:"
                + "allocator_may_return_null=1:max_allocation_size_mb=\(limits.bytes >> 20)",
        ]
    }

    /// The time that the attempt at hand takes.
    private struct Watch {
        let child: ChildProcess
        let current: CurrentInput
        var attempt: UInt64 = .max
        var secondsAtStart = 0.0
        var lastChange = Stopwatch.now
        var isInterrupted = false
        private var lastBegin = Stopwatch.now

        /// How long ago the last attempt began.
        var idleSeconds: Double { current.isRunning ? 0 : Stopwatch.now - lastBegin }

        init(_ child: ChildProcess, _ current: CurrentInput) {
            self.child = child
            self.current = current
        }

        mutating func verdict(_ limits: Limits, interrupts: Bool) -> Outcome? {
            let usage = child.usage
            if usage.bytes > limits.bytes { return .memory }
            if current.begun != attempt || current.isRunning { lastBegin = Stopwatch.now }
            if current.begun != attempt || !current.isRunning {
                attempt = current.begun
                secondsAtStart = usage.seconds
                lastChange = Stopwatch.now
                isInterrupted = false
            }
            let isLate = usage.seconds - secondsAtStart > limits.seconds || Stopwatch.now - lastChange > limits.clockSeconds
            guard current.isRunning, isLate else { return nil }
            if interrupts && !isInterrupted {
                isInterrupted = true
                secondsAtStart = usage.seconds
                lastChange = Stopwatch.now
                child.send(SIGINT)
                return nil
            }
            return .hang
        }
    }
}

import CFuzzing
import Files
import Glibc
import LuaHost

/// The process that tries inputs and may die of one.
package final class Worker {
    /// How it ends, besides dying.
    enum Exit {
        static let wrongAnswer: Int32 = 97
        static let cannotStart: Int32 = 98
    }

    /// What a worker is asked for.
    package struct Task {
        package var workspace: String
        package var seconds: Double
        package var seed: UInt64
        /// The most inputs; nil for no limit.
        package var inputs: Int?

        package init(workspace: String, seconds: Double, seed: UInt64, inputs: Int? = nil) {
            self.workspace = workspace
            self.seconds = seconds
            self.seed = seed
            self.inputs = inputs
        }
    }

    /// A message may quote what is wrong, with three bytes for each that is no UTF-8; one that is this much longer is no message.
    private static let longestMessage = 4000

    private let kind: any FuzzKind
    private let current: CurrentInput
    private let corpus: Corpus
    private let task: Task

    package init(_ type: any FuzzKind.Type, _ task: Task) throws {
        self.task = task
        if type.stopsAtInterrupt { Interrupt.install(endingProcessAt: 0) }
        current = try CurrentInput(workspace: task.workspace)
        corpus = try Corpus(folder: Path.join(task.workspace, "corpus"))
        kind = try type.init(workspace: task.workspace)
    }

    /// Tries one input.
    package func attempt(_ input: [UInt8]) { _ = outcome(of: input) }

    /// Tries the seeds, then changed inputs until the time is over. Inputs that led to something new are changed further.
    package func run() throws {
        let seeds = try kind.seeds()
        // A worker that takes over does not begin with what the one before it may have died of.
        for seed in seeds.dropFirst(Int(clamping: current.begun)) {
            _ = outcome(of: seed, mustBeAccepted: true)
        }
        if cfuzzing_is_guided() != 0 {
            for (index, seed) in seeds.enumerated() { try corpus.save(seed, name: "seed-\(index)") }
            GuidedRun(self, kind, corpus: corpus, task).run()
            return
        }
        corpus.add(seeds)
        var random = RandomSource(seed: task.seed)
        let end = Stopwatch(seconds: task.seconds)
        var tried = 0
        while !end.isOver, tried < task.inputs ?? .max {
            var input = corpus.pick(&random)
            for _ in 0..<random.count(upTo: 3) { input = kind.mutated(input, &random) }
            try corpus.learn(input, outcome: outcome(of: input))
            tried += 1
        }
    }

    /// The message of a refusal; nil for success.
    private func outcome(of input: [UInt8], mustBeAccepted: Bool = false) -> String? {
        // What is printed while an input is tried belongs to it.
        ftruncate(STDERR_FILENO, 0)
        lseek(STDERR_FILENO, 0, SEEK_SET)
        current.begin(input)
        var message: String?
        do {
            try kind.attempt(input)
        } catch let wrong as WrongAnswer {
            fail(wrong)
        } catch {
            let text = "\(error)"
            if text.isEmpty { fail(WrongAnswer("an error without a message: \(type(of: error))")) }
            if text.utf8.count > Self.longestMessage + 3 * input.count { fail(WrongAnswer("a message of \(text.utf8.count) bytes: \(text.prefix(200))")) }
            if mustBeAccepted { fail(WrongAnswer("an input that is right is refused: \(text)")) }
            message = text
        }
        // A Ctrl-C that came too late.
        _ = Interrupt.take()
        current.end(accepted: message == nil)
        return message
    }

    private func fail(_ wrong: WrongAnswer) -> Never {
        fputs("wrong answer: \(wrong)\n", stderr)
        fflush(stderr)
        _exit(Exit.wrongAnswer)
    }
}

/// An end of time.
struct Stopwatch {
    private let end: Double

    init(seconds: Double) { end = Self.now + seconds }

    var isOver: Bool { Self.now >= end }
    var remaining: Double { max(0, end - Self.now) }

    /// Seconds since the machine was started.
    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

import Files
import Glibc

/// The command line of the fuzzer.
package struct FuzzCommand {
    package static let usage = """
        usage: scripts/fuzz.sh [KIND] [SECONDS] [--seed N] [--inputs N] [--findings FOLDER] [--minimise SECONDS] [--limit SECONDS]
               scripts/fuzz.sh --repeat FILE [--limit SECONDS]
               scripts/fuzz.sh --list
        Feeds what comes from outside with inputs that are nearly right, and tells of each that kills, hangs or bloats the program
        or gets a wrong answer. Without KIND all are run, a minute each. The same seed and number of inputs give the same inputs.
        --limit is the processor time that one input may take, 10 seconds by default; --minimise how long a finding is made smaller.
        --repeat tries an input again that was kept. The exit status is 1 if anything was found.
        """

    private enum Action {
        case fuzz([any FuzzKind.Type])
        case `repeat`(String)
        case worker(any FuzzKind.Type, Worker.Task)
        case attempt(any FuzzKind.Type, workspace: String, file: String)
        case list, help
    }

    private var action = Action.fuzz(FuzzKinds.all)
    private var settings = Supervisor.Settings()

    package init(_ arguments: [String]) throws {
        var rest = arguments[...], words: [String] = [], worker: [String]?, attempt: [String]?
        func next(_ name: String) throws -> String {
            guard let value = rest.popFirst() else { throw UsageError("\(name) needs a value") }
            return value
        }
        func number<Number: LosslessStringConvertible & Comparable & Numeric>(_ name: String, _: Number.Type) throws -> Number {
            let text = try next(name)
            guard let value = Number(text), value >= .zero else { throw UsageError("\(name): a number is wanted, it is '\(text)'") }
            return value
        }
        settings.seed = UInt64(time(nil))
        while let word = rest.popFirst() {
            switch word {
            case "--help", "-h": action = .help
            case "--list": action = .list
            case "--repeat": action = .repeat(try next(word))
            case "--seed": settings.seed = try number(word, UInt64.self)
            case "--inputs": settings.inputs = try number(word, Int.self)
            case "--seconds": settings.seconds = try number(word, Double.self)
            case "--minimise": settings.minimiseSeconds = try number(word, Double.self)
            case "--limit": settings.limits.seconds = try number(word, Double.self)
            case "--findings": settings.findings = try next(word)
            case "--worker": worker = [try next(word), try next(word)]
            case "--try": attempt = [try next(word), try next(word), try next(word)]
            case _ where word.hasPrefix("-"): throw UsageError("unknown option '\(word)'")
            default: words.append(word)
            }
        }
        if let worker {
            action = .worker(try Self.kind(worker[0]), Worker.Task(workspace: worker[1], seconds: settings.seconds, seed: settings.seed,
                                                                   inputs: settings.inputs))
        } else if let attempt {
            action = .attempt(try Self.kind(attempt[0]), workspace: attempt[1], file: attempt[2])
        } else {
            try read(words)
        }
    }

    private mutating func read(_ words: [String]) throws {
        guard words.count <= 2 else { throw UsageError("too many arguments") }
        for word in words {
            if let seconds = Double(word) {
                guard seconds > 0, seconds.isFinite else { throw UsageError("SECONDS: a number above 0 is wanted, it is '\(word)'") }
                settings.seconds = seconds
            } else if word != "all" {
                action = .fuzz([try Self.kind(word)])
            }
        }
    }

    private static func kind(_ name: String) throws -> any FuzzKind.Type {
        guard let kind = FuzzKinds.named(name) else {
            throw UsageError("there is no kind '\(name)'; there are: \(FuzzKinds.all.map { $0.name }.joined(separator: ", "))")
        }
        return kind
    }

    /// - Returns: the exit status.
    package func run() throws -> Int32 {
        func show(_ line: String) {
            print(line)
            fflush(stdout)
        }
        switch action {
        case .help: show(Self.usage)
        case .list: for kind in FuzzKinds.all { show("\(kind.name): \(kind.summary)") }
        case .fuzz(let kinds):
            show("seed \(settings.seed)")
            var count = 0
            for kind in kinds { count += try Supervisor(kind, settings, print: show).run() }
            return count == 0 ? 0 : 1
        case .repeat(let path):
            // Findings of a kind lie in a folder of its name.
            return try Supervisor(try Self.kind(Path.name(of: Path.parent(of: path))), settings, print: show).repeat(path) ? 1 : 0
        case .worker(let kind, let task):
            MemoryLimit.set(settings.limits)
            try Worker(kind, task).run()
        case .attempt(let kind, let workspace, let file):
            MemoryLimit.set(settings.limits)
            let input = try FileContents.read(file)
            try Worker(kind, Worker.Task(workspace: workspace, seconds: 0, seed: 0)).attempt(input)
        }
        return 0
    }
}

/// A command line that is not understood.
package struct UsageError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

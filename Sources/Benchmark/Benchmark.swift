import ComputeRuntime
import Files
import Glibc
import JSON
import Kernels
import Losses
import TextFormat
import Tokenizers

/// The commands of `sentx-bench`.
public enum Benchmark {
    /// Compares sentx with the reference, prints the tables and writes them to a page if one is named.
    ///
    /// - Parameter program: this one, which is started again for each workload.
    public static func compare(_ arguments: BenchmarkArguments, program: String) throws {
        try arguments.require([("--model", arguments.model), ("--data", arguments.data), ("--models", arguments.models),
                               ("--python", arguments.python), ("--reference", arguments.reference), ("--sentx-run", arguments.sentxRun)])
        let page = try arguments.page.map { path in (path, String(decoding: try FileContents.read(path), as: UTF8.self)) }
        // Before an hour is spent on it.
        if let page { _ = try PerformancePage.replacing(page.1, with: "") }
        let threads = threadCount(arguments)
        let rounds = arguments.rounds ?? (arguments.isQuick ? 2 : 3)
        let tokenizer = try Tokenizer(folder: arguments.model)
        let pool = try TextPool(file: arguments.data, tokenizer: tokenizer)
        let parts = arguments.chosenParts

        let reference = try ReferenceSide(command: [arguments.python, arguments.reference], threads: threads)
        var needed = parts.contains(.speed) ? arguments.workloads : []
        if parts.contains(.threads) { needed += try Workload.named(ThreadScaling.workloads) }
        if parts.contains(.memory) { needed += try Workload.named(CheckpointingMemory.workloads) }
        let kinds = Array(Set(needed.map(\.model) + [.embedder])).sorted { $0.rawValue < $1.rawValue }
        let versions = try reference.versions()
        let models = try reference.models(kinds, base: arguments.model, in: arguments.models)
        let sentx = SentxSide(program: program)

        var sections: [Report.Section] = []
        for part in parts {
            switch part {
            case .speed:
                var settings = Comparison.Settings()
                settings.workloads = arguments.workloads
                settings.rounds = rounds
                settings.threads = threads
                if !arguments.precisions.isEmpty { settings.precisions = arguments.precisions }
                let start = StartTime(sentxRun: arguments.sentxRun, python: arguments.python, model: arguments.model, threads: threads)
                let results = Comparison(settings: settings, sentx: sentx, reference: reference, start: start, models: models, pool: pool,
                                             tokenizer: tokenizer).run()
                let table = ComparisonTable(results)
                sections.append(Report.Section(title: "sentx beside sentence-transformers on torch", table: table.table,
                                               remarks: (table.peaks.isEmpty ? [] : [table.peaks]) + table.notes))
            case .threads:
                sections.append(Report.Section(title: "Threads", table: try ThreadScaling(
                    sentx: sentx, models: models, pool: pool, threads: threads, rounds: rounds).run()))
            case .tokens:
                sections.append(Report.Section(title: "Tokens and padding", table: try TokenScaling(
                    sentx: sentx, models: models, pool: pool, tokenizer: tokenizer, threads: threads, rounds: rounds).run()))
            case .memory:
                sections.append(Report.Section(title: "Gradient checkpointing", table: try CheckpointingMemory(
                    sentx: sentx, models: models, pool: pool, threads: threads, rounds: rounds).run()))
            case .int8:
                // Elsewhere bytes are not multiplied.
                guard BenchmarkPrecision.bf16.isAvailable else { continue }
                let table = try Int8Encoding(model: arguments.model, pool: pool, rounds: rounds).run()
                sections.append(Report.Section(title: "Encoding in bytes, \(threads) threads", table: table))
            }
        }
        let names = versions.map { "\($0.name) \($0.version)" }.joined(separator: ", ")
        let circumstances = "\(Machine.today), \(Machine().description); \(threads) threads, \(rounds) rounds. Against \(names)."
        let report = Report(circumstances: circumstances, sections: sections)
        print(report.text(width: TerminalWidth.ofOutput))
        if let page { try AtomicFile.write(PerformancePage.replacing(page.1, with: report.markdown), to: page.0) }
    }

    /// Does workloads in this process, without the reference, for a profiler or a quick look; prints a JSON line for each.
    public static func run(_ arguments: BenchmarkArguments) throws {
        try arguments.require([("--model", arguments.model), ("--data", arguments.data)])
        let pool = try TextPool(file: arguments.data, tokenizer: Tokenizer(folder: arguments.model))
        let rounds = arguments.rounds ?? 3, threads = threadCount(arguments)
        for workload in arguments.workloads where workload.task != .start {
            let made = Path.join(arguments.models, workload.model.rawValue)
            let folder = arguments.models.isEmpty || !Path.exists(made) ? arguments.model : made
            for precision in arguments.precisions.isEmpty ? [.fp32] : arguments.precisions where precision.isAvailable {
                let description = WorkDescription(workload, model: folder, precision: precision, threads: threads)
                let work = try description.work(), rows = workload.rowsPerUnit(rounds: rounds)
                let check = try precision.run {
                    try work.check(pool.batch(workload.texts, rows: rows, unit: 0).prefix(workload.warmUpRows ?? rows))
                }
                let seconds = try (0..<rounds).map { round in
                    let batch = try pool.batch(workload.texts, rows: rows, unit: round)
                    return try Stopwatch.seconds { try precision.run { try work.run(batch) } }
                }
                print(JSONValue.object([
                    "workload": .string(workload.name), "precision": .string(precision.rawValue), "check": .number(check),
                    "seconds": .number(Median.of(seconds) ?? .nan),
                ]).serialized())
            }
        }
    }

    /// The threads that are asked for, which this process then uses itself: called before anything runs on them.
    private static func threadCount(_ arguments: BenchmarkArguments) -> Int {
        if let threads = arguments.threads { setenv("SENTX_NUM_THREADS", "\(threads)", 1) }
        return ThreadPool.shared.threadCount
    }
}

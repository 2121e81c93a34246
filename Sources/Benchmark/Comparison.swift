import Glibc
import Losses
import TextFormat
import Tokenizers

/// Both sides at the same work, in turn.
public struct Comparison {
    /// What is compared and how.
    public struct Settings: Sendable {
        public var workloads = Workload.all
        public var rounds = 3
        public var threads = 1
        /// Of sentx; those that it does not have are left out.
        public var precisions = BenchmarkPrecision.allCases

        public init() {}
    }

    let settings: Settings
    let sentx: SentxSide
    let reference: ReferenceSide
    let start: StartTime
    let models: [Workload.Model: String]
    let pool: TextPool
    let tokenizer: Tokenizer

    /// One result for each workload; what makes one fail does not end the run.
    func run() -> [WorkloadResult] {
        settings.workloads.map { workload in
            Progress.show("\(workload.name): \(workload.title)")
            var result = WorkloadResult(workload)
            do {
                result = workload.task == .start ? try start.result(workload, rounds: settings.rounds) : try measure(workload)
            } catch {
                result.failure = "\(error)"
            }
            Progress.show(ComparisonTable.line(result))
            return result
        }
    }

    private func measure(_ workload: Workload) throws -> WorkloadResult {
        var result = WorkloadResult(workload)
        let folder = models[workload.model] ?? ""
        let matrixWork = workload.task == .matryoshka ? MatrixWork(layers: 0, hidden: 0, intermediate: 0, vocabulary: 0) : try MatrixWork(folder: folder)
        let rounds = workload.rounds(of: settings.rounds)
        let rows = workload.rowsPerUnit(rounds: rounds)
        let first = try pool.batch(workload.texts, rows: rows, unit: 0)
        var sessions: [(key: Measurement.Key, session: WorkSession)] = []
        for key in contestants {
            let description = WorkDescription(workload, model: folder, precision: key.precision, threads: settings.threads)
            let session = key.side == .sentx ? try sentx.open(description) : try reference.open(description)
            sessions.append((key, session))
            var measurement = Measurement()
            measurement.check = try session.check(first.prefix(workload.warmUpRows ?? rows))
            result.measurements[key] = measurement
        }
        for round in 0..<rounds {
            let batches = try (0..<workload.stepsPerRound).map {
                try pool.batch(workload.texts, rows: rows, unit: round * workload.stepsPerRound + $0)
            }
            let lengths = try batches.map { try tokenCounts($0, workload) }
            result.operations.append(lengths.reduce(0) { $0 + matrixWork.operations(of: workload.task, lengths: $1, rows: rows) })
            // The order is reversed every other round, so that nobody always comes first.
            for (key, session) in round % 2 == 0 ? sessions : sessions.reversed() {
                result.measurements[key]?.seconds.append(try batches.reduce(0) { try $0 + session.unit($1) })
            }
        }
        for (key, session) in sessions {
            let peak = try session.close()
            result.measurements[key]?.peakMebibytes = peak.mebibytes
            result.measurements[key]?.peakGigaflops = peak.gigaflops
        }
        return result
    }

    /// Who takes part, one after the other.
    private var contestants: [Measurement.Key] {
        settings.precisions.filter(\.isAvailable).map { Measurement.Key(.sentx, $0) } + BenchmarkPrecision.allCases.map { Measurement.Key(.reference, $0) }
    }

    /// The tokens of each text, or of each pair where pairs are scored, as the models see them.
    private func tokenCounts(_ batch: LossBatch, _ workload: Workload) throws -> [Int] {
        let texts = batch.inputs.map { $0.map { cell in cell.asList?.compactMap(\.asString) ?? cell.asString.map { [$0] } ?? [] } }
        let inputs: [TokenizerInput]
        if workload.task.scoresPairs {
            inputs = zip(texts[0], texts[1]).flatMap { first, second in second.map { TokenizerInput(first: first[0], second: $0) } }
        } else {
            inputs = texts.joined().joined().map { TokenizerInput(first: $0) }
        }
        return try tokenizer.encodeBatch(inputs, options: EncodingOptions(maxLength: workload.maximumLength)).map(\.ids.count)
    }
}

/// What is under way, on standard error.
enum Progress {
    static func show(_ text: String) { fputs("==> \(text)\n", stderr) }
}

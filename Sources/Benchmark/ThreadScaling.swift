import Losses
import TextFormat
import Tokenizers

/// Time on one thread over time on all: sentx alone, in turn.
struct ThreadScaling {
    let sentx: SentxSide
    let models: [Workload.Model: String]
    let pool: TextPool
    let threads: Int
    let rounds: Int

    static let workloads = ["a", "b", "g1"]

    func run() throws -> TextTable {
        var table = TextTable(["work", "precision", "1 thread", "\(threads) threads", "ratio"])
        for precision in BenchmarkPrecision.allCases where precision.isAvailable {
            for var workload in try Workload.named(Self.workloads) {
                if workload.task == .encode { workload.rows = 1_000 * rounds }
                Progress.show("threads: \(workload.name), \(precision.rawValue)")
                let seconds = try measure(workload, precision)
                table.add(["\(workload.name)  \(workload.title)", precision.rawValue]
                    + seconds.map { Figures.seconds((Median.of($0) ?? .nan) / Double(workload.stepsPerRound)) }
                    + [Figures.ratio(Median.ratio(of: seconds[0], to: seconds[1]))])
            }
        }
        return table
    }

    /// Seconds of each round, on one thread and on all.
    private func measure(_ workload: Workload, _ precision: BenchmarkPrecision) throws -> [[Double]] {
        let rows = workload.rowsPerUnit(rounds: rounds)
        let sessions = try [1, threads].map {
            try sentx.open(WorkDescription(workload, model: models[workload.model] ?? "", precision: precision, threads: $0))
        }
        for session in sessions { _ = try session.check(pool.batch(workload.texts, rows: rows, unit: 0).prefix(workload.warmUpRows ?? rows)) }
        var seconds: [[Double]] = [[], []]
        for round in 0..<rounds {
            let batches = try (0..<workload.stepsPerRound).map {
                try pool.batch(workload.texts, rows: rows, unit: round * workload.stepsPerRound + $0)
            }
            for index in sessions.indices { seconds[index].append(try batches.reduce(0) { try $0 + sessions[index].unit($1) }) }
        }
        for session in sessions { _ = try session.close() }
        return seconds
    }
}

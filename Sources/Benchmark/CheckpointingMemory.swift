import TextFormat

/// Peak memory and time of training steps with and without gradient checkpointing: sentx alone.
struct CheckpointingMemory {
    let sentx: SentxSide
    let models: [Workload.Model: String]
    let pool: TextPool
    let threads: Int
    let rounds: Int

    static let workloads = ["b", "c2", "splade"]

    func run() throws -> TextTable {
        var table = TextTable(["work", "precision", "time", "checkpointed", "MiB", "checkpointed MiB"])
        let precision = BenchmarkPrecision.allCases.last { $0.isAvailable } ?? .fp32
        for workload in try Workload.named(Self.workloads) {
            Progress.show("memory: \(workload.name), \(precision.rawValue)")
            let results = try [false, true].map { isCheckpointed in
                var workload = workload
                workload.isCheckpointed = isCheckpointed
                return try measure(workload, precision)
            }
            table.add(["\(workload.name)  \(workload.title)", precision.rawValue] + results.map { Figures.seconds($0.seconds) }
                + results.map { Figures.mebibytes($0.mebibytes) })
        }
        return table
    }

    private func measure(_ workload: Workload, _ precision: BenchmarkPrecision) throws -> (seconds: Double, mebibytes: Double) {
        let session = try sentx.open(WorkDescription(workload, model: models[workload.model] ?? "", precision: precision, threads: threads))
        let batches = try (0..<rounds).map { try pool.batch(workload.texts, rows: workload.rows, unit: $0) }
        _ = try session.check(batches[0])
        let seconds = try batches.map { try session.unit($0) }
        return (Median.of(seconds) ?? .nan, try session.close().mebibytes)
    }
}

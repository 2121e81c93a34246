import Encoders
import Evaluators
import Kernels
import TextFormat

/// Embeddings in float32, bfloat16 and bytes: their time, and what is lost of how well they tell which sentences mean the same.
/// sentx alone, in this process.
struct Int8Encoding {
    /// The folder of the model.
    let model: String
    let pool: TextPool
    let rounds: Int

    /// Pairs whose scores are compared with those of people.
    private static let scoredPairs = 1500

    func run() throws -> TextTable {
        var table = TextTable(["work", "fp32", "bf16", "int8", "ratio to bf16"])
        let model = try SentenceTransformer(path: model)
        for workload in try Workload.named(["g1", "g2"]) {
            Progress.show("int8: \(workload.name)")
            try model.setMaxSequenceLength(workload.maximumLength ?? 256)
            let rows = workload.rowsPerUnit(rounds: rounds)
            var times = [[Double]](repeating: [], count: ComputePrecision.allCases.count)
            for round in 0...rounds {
                let texts = try pool.batch(workload.texts, rows: rows, unit: round).firstTexts()
                for (index, precision) in ComputePrecision.allCases.enumerated() {
                    let seconds = try Stopwatch.seconds { _ = try model.encode(texts, options: EncodeOptions(computePrecision: precision)) }
                    // The first round makes the weights ready.
                    if round > 0 { times[index].append(seconds) }
                }
            }
            let ratio = Median.of(zip(times[1], times[2]).map { $0 / $1 }) ?? .nan
            let factor = Double(workload.rows) / Double(rows)
            table.add(["\(workload.name)  \(workload.title)"] + times.map { Figures.seconds((Median.of($0) ?? .nan) * factor) } + [ratio.fixed(2)])
        }
        let scores = try ComputePrecision.allCases.map { try correlation(model, $0) }
        table.add(["Spearman's correlation with the scores of the pairs, times 100"] + scores.map { ($0 * 100).fixed(2) } + [""])
        return table
    }

    /// Of cosines with the scores that people gave.
    private func correlation(_ model: SentenceTransformer, _ precision: ComputePrecision) throws -> Double {
        let pairs = pool.pairs.prefix(Self.scoredPairs), options = EncodeOptions(normalizeEmbeddings: true, computePrecision: precision)
        let first = try model.encode(pairs.map(\.first), options: options), second = try model.encode(pairs.map(\.second), options: options)
        let cosines = try first.multiplying(second).sum(dim: 1).floatArray().map(Double.init)
        return spearmanCorrelation(cosines, pairs.map(\.score))
    }
}

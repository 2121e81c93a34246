import Datasets
import Losses
import TextFormat
import Tokenizers

/// Training steps over ever more tokens, and over the same tokens in equal and in unequal texts: sentx alone.
struct TokenScaling {
    let sentx: SentxSide
    let models: [Workload.Model: String]
    let pool: TextPool
    let tokenizer: Tokenizer
    let threads: Int
    let rounds: Int

    func run() throws -> TextTable {
        var table = TextTable(["step", "tokens", "time", "ns a token", "GFLOP/s"])
        var workload = try Workload.named(["b"])[0]
        workload.maximumLength = 256
        let precision = BenchmarkPrecision.allCases.last { $0.isAvailable } ?? .fp32
        let folder = models[workload.model] ?? ""
        let work = try MatrixWork(folder: folder)
        Progress.show("tokens: steps of several sizes, \(precision.rawValue)")
        let session = try sentx.open(WorkDescription(workload, model: folder, precision: precision, threads: threads))
        for (title, batch) in try batches() {
            _ = try session.check(batch)
            let seconds = Median.of(try (0..<rounds).map { _ in try session.unit(batch) }) ?? .nan
            let inputs = try batch.inputs.flatMap { try $0.map { TokenizerInput(first: try Self.text($0)) } }
            let lengths = try tokenizer.encodeBatch(inputs, options: EncodingOptions(maxLength: workload.maximumLength)).map(\.ids.count)
            let tokens = lengths.reduce(0, +)
            let operations = work.operations(of: workload.task, lengths: lengths, rows: batch.rowCount)
            table.add([title, tokens.grouped, Figures.seconds(seconds), Figures.threeDigits(seconds / Double(tokens) * 1e9),
                       Figures.threeDigits(operations / seconds * 1e-9)])
        }
        _ = try session.close()
        return table
    }

    private func batches() throws -> [(String, LossBatch)] {
        let long = try pool.batch(.longPairs(tokens: 128), rows: 64, unit: 0), short = try pool.batch(.pairs, rows: 256, unit: 0)
        let longest = try pool.batch(.longPairs(tokens: 256), rows: 8, unit: 0)
        let mixed = LossBatch(inputs: zip(short.prefix(128).inputs, longest.inputs).map { $0 + $1 }, labels: nil)
        return [8, 16, 32, 64].map { ("\($0) pairs of about 130 tokens", long.prefix($0)) }
            + [64, 128, 256].map { ("\($0) short pairs", short.prefix($0)) }
            + [("8 pairs of 256 tokens", longest), ("128 short pairs and 8 of 256 tokens", mixed)]
    }

    private static func text(_ cell: DatasetValue) throws -> String {
        guard let text = cell.asString else { throw BenchmarkError("a batch of texts holds \(cell)") }
        return text
    }
}

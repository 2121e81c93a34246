import Datasets
import Encoders
import Glibc
import JSON
import CrossEncoderLosses
import Losses
import Tensors
import Tokenizers
import Training

/// A kind of work that is timed.
enum Workload: String, CaseIterable {
    /// Optimizer steps of a cross-encoder with binary cross-entropy, 32 pairs each, clipping included.
    case trainCrossEncoder = "train-cross-encoder"
    /// Embeddings of single texts, 32 at a time.
    case encode
    /// Token ids of single texts.
    case tokenize
    /// The ten nearest of a million vectors for each of a hundred queries; needs neither model nor data.
    case search

    func run(_ settings: BenchmarkSettings) throws -> JSONValue {
        switch self {
        case .trainCrossEncoder: return try trainCrossEncoder(settings)
        case .encode: return try encode(settings)
        case .tokenize: return try tokenize(settings)
        case .search: return try search(settings)
        }
    }

    private func trainCrossEncoder(_ settings: BenchmarkSettings) throws -> JSONValue {
        let size = 32
        let rows = try settings.rows()
        guard rows.count >= size * (settings.warmup + settings.steps) else {
            throw UsageError(description: "\(settings.data) has \(rows.count) rows, too few for \(settings.warmup + settings.steps) steps of \(size)")
        }
        var options = CrossEncoderOptions()
        options.numLabels = 1
        options.maxLength = 128
        options.seed = 1
        let model = try CrossEncoder(path: settings.model, options: options)
        model.isTraining = true
        for parameter in model.parameters { parameter.tensor.requiresGrad = true }
        let loss = try BinaryCrossEntropyLoss(model: model)
        let optimizer = AdamW(groups: try ParameterGrouping.groups(model.parameters, learningRate: 2e-5, weightDecay: 0.01))

        var seconds: [Double] = []
        var tokenCounts: [Double] = []
        for step in 0..<(settings.warmup + settings.steps) {
            let batch = rows[step * size ..< (step + 1) * size]
            let columns = [batch.map { DatasetValue.string($0.first) }, batch.map { .string($0.second) }]
            let elapsed = try secondsTaken {
                let value = try loss.value(of: LossBatch(inputs: columns, labels: batch.map { .number($0.score / 5) }))
                try value.backward()
                try GradientNorm.clip(model.parameters, to: 1)
                try optimizer.step(gradientScale: 1)
                optimizer.zeroGrad()
            }
            if step < settings.warmup { continue }
            seconds.append(elapsed)
            let inputs = batch.map { TokenizerInput(first: $0.first, second: $0.second) }
            tokenCounts.append(Double(try countTokens(model.tokenizer, inputs, maxLength: 128)))
        }
        return report(seconds: median(seconds), tokens: tokenCounts.reduce(0, +) / Double(tokenCounts.count))
    }

    private func encode(_ settings: BenchmarkSettings) throws -> JSONValue {
        let model = try SentenceTransformer(path: settings.model)
        let texts = try sentences(settings)
        let tokens = try countTokens(model.tokenizer, texts.map { TokenizerInput(first: $0) }, maxLength: model.maxSequenceLength)
        let seconds = try (0..<3).map { _ in try secondsTaken { _ = try model.encode(texts) } }
        return report(seconds: median(seconds), tokens: Double(tokens))
    }

    private func tokenize(_ settings: BenchmarkSettings) throws -> JSONValue {
        let tokenizer = try Tokenizer(folder: settings.model)
        let inputs = try sentences(settings).map { TokenizerInput(first: $0) }
        var tokens = 0
        let seconds = try (0..<10).map { _ in try secondsTaken { tokens = try countTokens(tokenizer, inputs, maxLength: 128) } }
        return report(seconds: median(seconds), tokens: Double(tokens))
    }

    private func search(_ settings: BenchmarkSettings) throws -> JSONValue {
        let benchmark = SearchBenchmark(rowCount: settings.rowCount, queryCount: settings.queryCount)
        let figures = try benchmark.run { work in try secondsTaken { try work() } }
        let head: [(String, JSONValue)] = [("workload", .string(rawValue)), ("precision", .string("fp32"))]
        return .object(JSONObject(head + figures))
    }

    private func sentences(_ settings: BenchmarkSettings) throws -> [String] {
        Array(try settings.rows().flatMap { [$0.first, $0.second] }.prefix(settings.texts))
    }

    private func countTokens(_ tokenizer: Tokenizer, _ inputs: [TokenizerInput], maxLength: Int?) throws -> Int {
        var options = EncodingOptions()
        options.maxLength = maxLength
        return try tokenizer.encodeBatch(inputs, options: options).reduce(0) { $0 + $1.ids.count }
    }

    private func secondsTaken(_ work: () throws -> Void) rethrows -> Double {
        let time = try ContinuousClock().measure(work).components
        return Double(time.seconds) + Double(time.attoseconds) * 1e-18
    }

    private func report(seconds: Double, tokens: Double) -> JSONValue {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return .object([
            "workload": .string(rawValue), "precision": .string("fp32"), "seconds": .number(seconds),
            "tokens_per_second": .number((tokens / seconds).rounded()), "peak_mebibytes": .number((Double(usage.ru_maxrss) / 1024).rounded()),
        ])
    }

    private func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.count % 2 == 1 ? sorted[sorted.count / 2] : (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2
    }
}

import Datasets
import Encoders
import Evaluators
import Files
import JSON
import CrossEncoderLosses
import Losses
import SafeTensors
import Tensors
import Training

/// A model small enough to follow: a text's letters are counted into eight features, a linear layer scores them, and
/// features drop out in training by the shared generator.
final class TinyScorer: EncoderModel {
    static let width = 8
    let kind = "TinyScorer"
    let weight = Tensor([0.1, -0.2, 0.3, 0.05, -0.1, 0.2, -0.3, 0.15] as [Float], shape: [1, 8])
    let bias = Tensor([0.01] as [Float])
    var isTraining = false
    var usesGradientCheckpointing = false
    var dropout: Float = 0.25
    var failsToSave = false

    init() {
        weight.requiresGrad = true
        bias.requiresGrad = true
    }

    var parameters: [NamedParameter] {
        [NamedParameter(name: "classifier.weight", tensor: weight), NamedParameter(name: "classifier.bias", tensor: bias)]
    }

    func features(_ text: String) -> [Float] {
        var counts = [Float](repeating: 0, count: Self.width)
        for byte in text.utf8 { counts[Int(byte) % Self.width] += 0.1 }
        return counts
    }

    /// Scores of texts, `[texts]`.
    func scores(_ texts: [String]) throws -> Tensor {
        let count = texts.count, width = Self.width
        var inputs = texts.flatMap(features)
        if isTraining {
            var random = Generator.shared.nextStream()
            for index in inputs.indices { inputs[index] = Float.random(in: 0..<1, using: &random) < dropout ? 0 : inputs[index] / (1 - dropout) }
        }
        let w = weight.floatArray()
        let values = (0..<count).map { row in (0..<width).reduce(bias.floatArray()[0]) { $0 + inputs[row * width + $1] * w[$1] } }
        return Tensor(values).recorded(as: "tiny", from: [weight, bias]) { gradient in
            let g = gradient.floatArray()
            let weights = (0..<width).map { column in (0..<count).reduce(Float(0)) { $0 + g[$1] * inputs[$1 * width + column] } }
            return [Tensor(weights, shape: [1, width]), Tensor([g.reduce(0, +)])]
        }
    }

    func save(to folder: String) throws {
        if failsToSave { throw TrainingError("the disk is full") }
        try AtomicFolder.replace(folder) { temporary in
            try SafeTensorsWriter.write(to: temporary + "/model.safetensors", tensors: parameters.map {
                SafeTensorsOutput(name: $0.name, dtype: .float32, shape: $0.tensor.shape,
                                  bytes: UnsafeRawBufferPointer(start: $0.tensor.floats, count: $0.tensor.count * 4))
            })
        }
    }

    /// The weights' bits.
    var bits: [UInt32] { (weight.floatArray() + bias.floatArray()).map(\.bitPattern) }
}

/// Mean squared error of the scores of the first column.
final class TinyLoss: Loss {
    let model: TinyScorer
    let name = "TinyLoss"
    var requirements: LossRequirements? = LossRequirements(columns: [.text], labels: [.number(-1000...1000)])
    let configuration: JSONObject = [:]
    /// The texts of each batch seen.
    var seen: [[String]] = []

    init(_ model: TinyScorer) { self.model = model }

    func value(of batch: LossBatch) throws -> Tensor {
        let texts = batch.inputs[0].map { $0.asString! }
        if GradientTape.isRecording { seen.append(texts) }
        let scores = try model.scores(texts)
        let labels = batch.labels!.map { Float($0.asDouble!) }
        let errors = zip(scores.floatArray(), labels).map { $0 - $1 }
        let count = Float(errors.count)
        return Tensor.scalar(errors.reduce(0) { $0 + $1 * $1 } / count).recorded(as: "mse", from: [scores]) { gradient in
            [Tensor(errors.map { 2 * $0 / count * gradient.floatArray()[0] })]
        }
    }
}

/// Scores a fixed text; higher is better.
final class TinyEvaluator: Evaluator {
    let name = "tiny"
    let primaryMetric = "tiny_score"
    let greaterIsBetter = true
    let metricKeys: [String]? = ["tiny_score", "tiny_other"]
    let sampleTexts = ["held out"]
    /// Values to give in turn in place of the model's score.
    var script: [Double] = []
    var calls = 0

    func evaluate(_ model: any EncoderModel, at moment: EvaluationMoment) throws -> [Metric] {
        defer { calls += 1 }
        let score = calls < script.count ? script[calls] : Double(try (model as! TinyScorer).scores(["held out"]).floatArray()[0])
        return [Metric("tiny_score", score), Metric("tiny_other", Double(calls))]
    }
}

/// `count` rows of texts with a label that depends on the text.
func tinyRows(_ count: Int) -> LossBatchSource {
    let texts = (0..<count).map { "row \($0 * 7919) text \(String(repeating: "ab", count: $0 % 5))" }
    let labels = texts.indices.map { Double($0 % 3) - 1 }
    return LossBatchSource(inputs: [("text", texts.map { .string($0) })], label: ("label", labels.map { .number($0) }))
}

/// Gathers the lines of a run.
final class Lines {
    var all: [String] = []
    var last: String { all.last ?? "" }
    func contains(_ part: String) -> Bool { all.contains { $0.contains(part) } }
}

/// A trainer over tiny parts, logging to `lines` only unless `logFolder` is given.
func tinyTrainer(_ model: TinyScorer = TinyScorer(), rows: Int = 24, eval: Int = 0, evaluator: TinyEvaluator? = nil,
                 callbacks: [any TrainerCallback] = [], lines: Lines = Lines(), logFolder: String? = nil, smoke: Bool = false,
                 folder: String, _ configure: (inout TrainingArguments) -> Void = { _ in }) throws -> Trainer {
    var arguments = TrainingArguments()
    arguments.outputDir = folder
    arguments.trainBatchSize = 4
    arguments.numTrainEpochs = 2
    arguments.learningRate = 0.01
    arguments.saveStrategy = .no
    arguments.weightDecay = 0.01
    configure(&arguments)
    var environment = RunEnvironment()
    environment.logFolder = logFolder
    environment.isSmokeTest = smoke
    environment.write = { lines.all.append(String($0.dropLast())) }
    return try Trainer(model: model, arguments: arguments, train: tinyRows(rows), eval: eval > 0 ? tinyRows(eval) : nil, loss: TinyLoss(model),
                       evaluator: evaluator, callbacks: callbacks, environment: environment)
}

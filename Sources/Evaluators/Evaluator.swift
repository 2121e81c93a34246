import Encoders

/// The moment in training at which an evaluation runs; written to the CSV file.
public struct EvaluationMoment {
    /// Where CSV files go; nil writes none.
    public var outputFolder: String?
    /// Epochs done, -1 outside training.
    public var epoch: Double
    /// Optimizer steps done, -1 outside training.
    public var steps: Int
    /// Takes the lines of a readable summary; nil for none.
    public var log: ((String) -> Void)?
    /// Called before each batch of the model with the texts or pairs done and the number of all; what it throws ends the
    /// evaluation.
    public var onBatch: ((_ done: Int, _ total: Int) throws -> Void)?

    public init(outputFolder: String? = nil, epoch: Double = -1, steps: Int = -1, log: ((String) -> Void)? = nil,
                onBatch: ((Int, Int) throws -> Void)? = nil) {
        self.outputFolder = outputFolder
        self.epoch = epoch
        self.steps = steps
        self.log = log
        self.onBatch = onBatch
    }
}

/// One measured value under its key.
public struct Metric: Equatable, Sendable {
    public let key: String
    public let value: Double

    public init(_ key: String, _ value: Double) {
        self.key = key
        self.value = value
    }
}

/// Measures a model and returns named metrics, one of which is primary.
public protocol Evaluator: AnyObject {
    /// The user's name for it, a prefix of its keys; may be empty.
    var name: String { get }

    /// The key of the metric that decides between checkpoints, prefix included.
    var primaryMetric: String { get }

    /// The keys that a short summary shows first; the primary one by default.
    var headlineMetrics: [String] { get }

    /// Whether a greater primary metric is better.
    var greaterIsBetter: Bool { get }

    /// Every key that ``evaluate(_:at:)`` will write, prefix included; nil if only running it tells (an evaluator written in Lua).
    var metricKeys: [String]? { get }

    /// The texts of the data it holds, a sample for checks of overlap with training data.
    var sampleTexts: [String] { get }

    /// Whether a terminal may show how far it is; true by default.
    var showsProgress: Bool { get }

    /// Looks at the model before the first run, where ``primaryMetric`` and ``metricKeys`` depend on it. Does nothing by
    /// default; ``evaluate(_:at:)`` calls it by itself.
    func prepare(for model: any EncoderModel)

    /// Runs it. - Throws: ``EvaluatorError`` for a model of the wrong kind or data that does not fit.
    func evaluate(_ model: any EncoderModel, at moment: EvaluationMoment) throws -> [Metric]
}

extension Evaluator {
    public var headlineMetrics: [String] { [primaryMetric] }

    public func prepare(for model: any EncoderModel) {}

    public var showsProgress: Bool { true }

    /// A key as it is written: with the evaluator's name before it, if it has one.
    func prefixed(_ key: String) -> String { name.isEmpty ? key : name + "_" + key }
}

/// An evaluator of results that are there already: whatever the model, they stay.
public protocol ModelFreeEvaluator: Evaluator {
    /// Runs it.
    func evaluate(at moment: EvaluationMoment) throws -> [Metric]
}

extension ModelFreeEvaluator {
    public func evaluate(_ model: any EncoderModel, at moment: EvaluationMoment) throws -> [Metric] { try evaluate(at: moment) }
}

/// Data or a model that does not fit an evaluator.
public struct EvaluatorError: Error, CustomStringConvertible, Equatable {
    public let description: String

    public init(_ description: String) { self.description = description }
}

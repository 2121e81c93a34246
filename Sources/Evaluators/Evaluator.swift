import Encoders

/// The moment in training at which an evaluation runs; written to the CSV file.
public struct EvaluationMoment {
    /// Where CSV files go; nil writes none.
    public var outputFolder: String?
    /// Epochs done, -1 outside training.
    public var epoch: Double
    /// Optimizer steps done, -1 outside training.
    public var steps: Int

    public init(outputFolder: String? = nil, epoch: Double = -1, steps: Int = -1) {
        self.outputFolder = outputFolder
        self.epoch = epoch
        self.steps = steps
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

    /// Whether a greater primary metric is better.
    var greaterIsBetter: Bool { get }

    /// Every key that ``evaluate(_:at:)`` will write, prefix included; nil if only running it tells (an evaluator written in Lua).
    var metricKeys: [String]? { get }

    /// The texts of the data it holds, a sample for checks of overlap with training data.
    var sampleTexts: [String] { get }

    /// Runs it. - Throws: ``EvaluatorError`` for a model of the wrong kind or data that does not fit.
    func evaluate(_ model: any EncoderModel, at moment: EvaluationMoment) throws -> [Metric]
}

/// Data or a model that does not fit an evaluator.
public struct EvaluatorError: Error, CustomStringConvertible, Equatable {
    public let description: String

    public init(_ description: String) { self.description = description }
}

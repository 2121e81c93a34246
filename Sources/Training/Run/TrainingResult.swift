import Evaluators

/// One optimizer step.
public struct StepResult: Equatable, Sendable {
    /// The number of steps done, this one included.
    public let step: Int
    /// Epochs done, with the fraction of the current one.
    public let epoch: Double
    /// The mean loss over the step's batches.
    public let loss: Double
    /// The learning rate that was used.
    public let learningRate: Double
    /// The norm of all gradients before clipping.
    public let gradientNorm: Double
}

/// How a call of ``Trainer/train(resume:)`` or ``Trainer/resume()`` ended.
public struct TrainingResult: Equatable, Sendable {
    /// Optimizer steps done.
    public let globalStep: Int
    /// Whether training is paused at a step boundary; ``Trainer/resume()`` goes on.
    public let isPaused: Bool
    /// The mean loss over all steps.
    public let trainingLoss: Double
    /// Seconds spent, evaluations and checkpoints included, over all processes of the run.
    public let seconds: Double
    /// The score against the baseline; nil while paused, or with nothing to evaluate.
    public let verdict: Verdict?
    /// The metrics of the model as training leaves it.
    public let metrics: [Metric]
    /// The folder of the best checkpoint, if one was chosen.
    public let bestModelCheckpoint: String?
}

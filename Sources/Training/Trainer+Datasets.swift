import Datasets
import Encoders
import Evaluators
import Losses

extension Trainer {
    /// A trainer over one dataset and its loss.
    /// - Throws: ``TrainingArgumentError`` for arguments that are out of range or at odds.
    public convenience init(model: any EncoderModel, arguments: TrainingArguments, train: LossBatchSource, eval: LossBatchSource? = nil,
                            loss: any Loss, evaluator: (any Evaluator)? = nil, callbacks: [any TrainerCallback] = [],
                            environment: RunEnvironment = .ofProcess()) throws {
        try self.init(model: model, arguments: arguments, train: [TrainingDataset(rows: train, loss: loss)],
                      eval: eval.map { [TrainingDataset(rows: $0, loss: loss)] } ?? [], evaluator: evaluator, callbacks: callbacks,
                      environment: environment)
    }

    /// The same with datasets as they are loaded.
    public convenience init(model: any EncoderModel, arguments: TrainingArguments, trainDataset: Dataset, evalDataset: Dataset? = nil,
                            loss: any Loss, evaluator: (any Evaluator)? = nil, callbacks: [any TrainerCallback] = [],
                            environment: RunEnvironment = .ofProcess()) throws {
        try self.init(model: model, arguments: arguments, train: LossBatchSource(trainDataset), eval: evalDataset.map { try LossBatchSource($0) },
                      loss: loss, evaluator: evaluator, callbacks: callbacks, environment: environment)
    }
}

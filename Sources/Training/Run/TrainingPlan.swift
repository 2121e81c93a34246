import Glibc

/// How many batches and optimizer steps a run has, and at which multiples of steps things happen. Worked out from the
/// arguments and the number of batches in an epoch, as the field's trainer does it.
public struct TrainingPlan: Equatable, Sendable {
    /// The most steps of a run, far beyond what anyone can wait for.
    static let mostSteps = 1_000_000_000_000

    /// Batches of one epoch.
    public let batchesPerEpoch: Int
    /// Batches whose gradients are averaged before an optimizer step.
    public let accumulation: Int
    /// Optimizer steps of one epoch; the last may average fewer batches.
    public let stepsPerEpoch: Int
    /// Optimizer steps of the run.
    public let maxSteps: Int
    /// Epochs begun.
    public let epochCount: Int
    public let warmupSteps: Int
    public let loggingSteps: Int
    public let evalSteps: Int
    public let saveSteps: Int

    /// - Throws: ``TrainingError`` if an epoch has no batch, or the run more than ``mostSteps``.
    public init(_ arguments: TrainingArguments, batchesPerEpoch: Int) throws {
        guard batchesPerEpoch > 0 else {
            throw TrainingError("the training dataset is empty or does not fill a single batch of \(arguments.trainBatchSize) rows; look at what "
                + "made it, lower per_device_train_batch_size or turn dataloader_drop_last off")
        }
        self.batchesPerEpoch = batchesPerEpoch
        accumulation = arguments.gradientAccumulationSteps
        stepsPerEpoch = (batchesPerEpoch + accumulation - 1) / accumulation
        if arguments.maxSteps > 0 {
            maxSteps = arguments.maxSteps
            epochCount = (maxSteps + stepsPerEpoch - 1) / stepsPerEpoch
        } else {
            guard arguments.numTrainEpochs * Double(stepsPerEpoch) <= Double(Self.mostSteps) else {
                throw TrainingError("num_train_epochs \(arguments.numTrainEpochs) of \(stepsPerEpoch) steps each is more than the "
                    + "\(Self.mostSteps) steps that a run may have; lower it, or set max_steps")
            }
            maxSteps = Int(ceil(arguments.numTrainEpochs * Double(stepsPerEpoch)))
            epochCount = Int(ceil(arguments.numTrainEpochs))
        }
        warmupSteps = arguments.warmupSteps.steps(of: maxSteps)
        loggingSteps = arguments.loggingSteps.steps(of: maxSteps)
        evalSteps = (arguments.evalSteps ?? arguments.loggingSteps).steps(of: maxSteps)
        saveSteps = arguments.saveSteps.steps(of: maxSteps)
    }

    /// The ranges of an epoch's `batchCount` batches that each optimizer step averages over.
    public func batchRange(ofStep step: Int, batchCount: Int) -> Range<Int> {
        let start = min(batchCount, step * accumulation)
        return start ..< min(batchCount, start + accumulation)
    }
}

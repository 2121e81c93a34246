import Glibc

/// How many batches and optimizer steps a run has, and at which multiples of steps things happen. Worked out from the
/// arguments and the number of batches in an epoch, as the field's trainer does it.
public struct TrainingPlan: Equatable, Sendable {
    /// The most steps of a run, far beyond what anyone can wait for.
    public static let mostSteps = 1_000_000_000_000

    /// After so many epochs in a row without a full batch a run stops.
    static let mostEmptyEpochs = 100
    /// So many epochs that are to come, and so many rows in them, are gone through at most to count their batches; later epochs are planned
    /// like those.
    static let mostEpochsCounted = 10_000
    private static let mostRowsCounted = 50_000_000

    /// Batches of the first epoch; where they are not equal, others may have a few more or less.
    public let batchesPerEpoch: Int
    /// Batches whose gradients are averaged before an optimizer step.
    public let accumulation: Int
    /// Optimizer steps of the first epoch; the last may average fewer batches.
    public let stepsPerEpoch: Int
    /// Optimizer steps of the run.
    public let maxSteps: Int
    /// Epochs begun, as far as it can be told.
    public let epochCount: Int
    /// Epochs after which the run ends, however many steps they had.
    let epochLimit: Int
    public let warmupSteps: Int
    public let loggingSteps: Int
    public let evalSteps: Int
    public let saveSteps: Int

    /// The plan of a run whose epochs all have `batchesPerEpoch` batches.
    /// - Throws: ``TrainingError`` if an epoch has no batch, or the run more than ``mostSteps``.
    public init(_ arguments: TrainingArguments, batchesPerEpoch: Int) throws {
        try self.init(arguments, batches: [batchesPerEpoch], isComplete: true)
    }

    /// The plan of a run over what a sampler really gives.
    /// - Parameter rowCount: the rows that it cuts into batches.
    /// - Throws: ``TrainingError`` if an epoch has no batch, or the run more than ``mostSteps``.
    public init(_ arguments: TrainingArguments, sampler: MultiDatasetBatchSampler, rowCount: Int) throws {
        var batches = [sampler.batchCount(epoch: 0)]
        if !sampler.hasEqualEpochs, arguments.maxSteps <= 0, batches[0] > 0 {
            let epochs = ceil(min(arguments.numTrainEpochs, Double(Self.mostSteps)))
            let counted = min(Int(epochs.isNaN ? 1 : epochs), max(10, min(Self.mostEpochsCounted, Self.mostRowsCounted / max(1, rowCount))))
            for epoch in 1..<max(2, counted) where epoch < counted { batches.append(sampler.batchCount(epoch: epoch)) }
        }
        try self.init(arguments, batches: batches, isComplete: sampler.hasEqualEpochs)
    }

    /// - Parameters:
    ///   - batches: the batches of the first epochs.
    ///   - isComplete: whether all others have as many as the first.
    private init(_ arguments: TrainingArguments, batches: [Int], isComplete: Bool) throws {
        guard let first = batches.first, first > 0 else { throw Self.noBatch(arguments) }
        batchesPerEpoch = first
        accumulation = arguments.gradientAccumulationSteps
        let steps = batches.map { ($0 + arguments.gradientAccumulationSteps - 1) / arguments.gradientAccumulationSteps }
        stepsPerEpoch = steps[0]
        if arguments.maxSteps > 0 {
            maxSteps = arguments.maxSteps
            epochCount = (maxSteps + stepsPerEpoch - 1) / stepsPerEpoch
            epochLimit = isComplete ? epochCount : .max
        } else {
            guard arguments.numTrainEpochs * Double(steps.max() ?? 1) <= Double(Self.mostSteps) else {
                throw TrainingError("num_train_epochs \(arguments.numTrainEpochs) of \(stepsPerEpoch) steps each is more than the "
                    + "\(Self.mostSteps) steps that a run may have; lower it, or set max_steps")
            }
            maxSteps = max(1, Self.steps(of: arguments.numTrainEpochs, steps))
            epochCount = Int(ceil(arguments.numTrainEpochs))
            epochLimit = epochCount
        }
        warmupSteps = arguments.warmupSteps.steps(of: maxSteps)
        loggingSteps = arguments.loggingSteps.steps(of: maxSteps)
        evalSteps = (arguments.evalSteps ?? arguments.loggingSteps).steps(of: maxSteps)
        saveSteps = arguments.saveSteps.steps(of: maxSteps)
    }

    /// The steps of a number of epochs, of which the first ones have `steps` each; the others are taken to have the mean of these.
    private static func steps(of epochs: Double, _ steps: [Int]) -> Int {
        if steps.count == 1 { return Int(ceil(epochs * Double(steps[0]))) }
        let whole = min(steps.count, Int(epochs))
        let known = steps.prefix(whole).reduce(0, +)
        let rest = epochs - Double(whole)
        let next = whole < steps.count ? Double(steps[whole]) : Double(steps.reduce(0, +)) / Double(steps.count)
        return known + Int(ceil(rest * next))
    }

    private static func noBatch(_ arguments: TrainingArguments) -> TrainingError {
        if arguments.batchSampler.avoidsDuplicates, arguments.dataloaderDropLast {
            return TrainingError("no batch of \(arguments.trainBatchSize) rows without a text in common can be made of the training dataset, and "
                + "dataloader_drop_last leaves out shorter ones, so there is nothing to train on; lower per_device_train_batch_size, turn "
                + "dataloader_drop_last off, or look at the rows that repeat")
        }
        return TrainingError("the training dataset is empty or does not fill a single batch of \(arguments.trainBatchSize) rows; look at what "
            + "made it, lower per_device_train_batch_size or turn dataloader_drop_last off")
    }

    /// The ranges of an epoch's `batchCount` batches that each optimizer step averages over.
    public func batchRange(ofStep step: Int, batchCount: Int) -> Range<Int> {
        let start = min(batchCount, step * accumulation)
        return start ..< min(batchCount, start + accumulation)
    }
}

import Evaluators
import Tensors

/// Where in the data a run is.
struct DataPosition: Equatable {
    /// The current epoch, from 0.
    var epoch = 0
    /// Batches of it that are done.
    var batch = 0
    /// Optimizer steps of this epoch and of earlier ones that were not done, since a callback ended an epoch before its end.
    var stepsLeftOut = 0
}

/// The moving parts of one run, from its first step to its verdict.
final class TrainingRun {
    let plan: TrainingPlan
    let cadence: Cadence
    let schedule: LearningRateSchedule
    let sampler: MultiDatasetBatchSampler
    let learned: LearnedParameters
    let optimizer: any Optimizer
    let log: RunLog
    let store: CheckpointStore
    /// Tells the runs that share an output folder apart: microseconds since 1970 at the first start.
    var startedAt = Clock.sinceEpoch()
    /// The peak learning rate of each parameter group.
    var peakRates: [Double]
    var control = TrainerControl()
    var position = DataPosition()
    /// The batches of the current epoch; nil between epochs.
    var batches: [DatasetBatch]?
    var losses = LossAverage()
    /// The terms of the losses, where they have some.
    var components = ComponentAverage()
    /// The random numbers to go on with, as the beginning or the last step left them: what happens between steps, in callbacks or in another
    /// run, does not change this one.
    var random: Generator.State?
    var baseline: Baseline?
    /// Seconds spent before this process, and when this process began.
    var earlierSeconds = 0.0
    let beganAt = Clock.now()
    /// For the rate: steps of this process and the seconds they took, without evaluations and checkpoints.
    var measuredSteps = 0
    var measuredSeconds = 0.0
    /// Whether the baseline is measured and the callbacks know that training has begun.
    var isOpen = false
    /// Whether logging, evaluating or saving after the last step was cut short.
    var hasUnfinishedDuties = false
    var isFinished = false
    var result: TrainingResult?
    /// Who ended training before its last step, and why; nil if nobody did.
    var stopReason: String?
    /// Epochs in a row that had no batch.
    var emptyEpochs = 0
    /// Keeps other processes out of the output folder.
    var lock: FolderLock?

    init(plan: TrainingPlan, arguments: TrainingArguments, schedule: LearningRateSchedule, sampler: MultiDatasetBatchSampler,
         learned: LearnedParameters, optimizer: any Optimizer, log: RunLog) {
        self.plan = plan
        cadence = Cadence(arguments: arguments, plan: plan)
        self.schedule = schedule
        self.sampler = sampler
        self.learned = learned
        self.optimizer = optimizer
        self.log = log
        store = CheckpointStore(folder: arguments.outputDir)
        peakRates = optimizer.groups.map(\.learningRate)
    }

    /// Whether the current epoch has no batch left, or is to end before.
    var isEpochOver: Bool {
        guard let batches else { return false }
        return position.batch >= batches.count || control.shouldEpochStop || control.shouldTrainingStop
    }

    /// Goes to the end of the current epoch, before which a callback ends it.
    func leaveOutRestOfEpoch() {
        guard let batches, position.batch < batches.count else { return }
        position.stepsLeftOut += (batches.count - position.batch + plan.accumulation - 1) / plan.accumulation
        position.batch = batches.count
    }

    /// Seconds spent on the run so far.
    var seconds: Double { earlierSeconds + Clock.now() - beganAt }

    /// The learning rate of the first parameter group in the step after `step`.
    func learningRate(at step: Int) -> Double { (peakRates.first ?? 0) * schedule.factor(at: step) }

    /// Changes the learning rates of all groups in proportion, so that the next step of the first group uses `rate`.
    func setLearningRate(_ rate: Double, at step: Int) {
        let current = learningRate(at: step)
        let first = peakRates.first ?? 0
        // During the zero step of a warm-up, and after a schedule's end, the rate is understood as the peak.
        let ratio = current > 0 ? rate / current : (first > 0 ? rate / first : 0)
        let scaled = peakRates.map { $0 * ratio }
        // What cannot be scaled, from 0 or to a number beyond all, is set.
        peakRates = first > 0 && scaled.allSatisfy(\.isFinite) ? scaled : peakRates.map { _ in rate }
    }
}

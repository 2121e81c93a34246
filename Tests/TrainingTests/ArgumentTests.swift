import Testing
import Training

/// A change that makes one argument wrong.
struct Change: Sendable {
    let argument: String
    let apply: @Sendable (inout TrainingArguments) -> Void

    init(_ argument: String, _ apply: @escaping @Sendable (inout TrainingArguments) -> Void) {
        self.argument = argument
        self.apply = apply
    }
}

struct ArgumentTests {
    @Test func theDefaultsAreThoseOfTheField() throws {
        let arguments = TrainingArguments()
        try arguments.validate()
        #expect(arguments.numTrainEpochs == 3 && arguments.trainBatchSize == 8 && arguments.learningRate == 5e-5)
        #expect(arguments.loggingSteps == 500 && arguments.saveSteps == 500 && arguments.seed == 42 && arguments.maxGradNorm == 1)
        #expect(arguments.saveStrategy == .steps && arguments.evalStrategy == .no && arguments.warmupSteps == 0)
    }

    @Test(arguments: [
        Change("learning_rate") { $0.learningRate = -1 },
        Change("learning_rate") { $0.learningRate = .nan },
        Change("per_device_train_batch_size") { $0.trainBatchSize = 0 },
        Change("per_device_eval_batch_size") { $0.evalBatchSize = 0 },
        Change("gradient_accumulation_steps") { $0.gradientAccumulationSteps = 0 },
        Change("num_train_epochs") { $0.numTrainEpochs = 0 },
        Change("max_steps") { $0.maxSteps = 0 },
        Change("output_dir") { $0.outputDir = "" },
        Change("weight_decay") { $0.weightDecay = -0.1 },
        Change("adam_beta1") { $0.adamBeta1 = 1 },
        Change("adam_beta2") { $0.adamBeta2 = -0.5 },
        Change("adam_epsilon") { $0.adamEpsilon = -1 },
        Change("max_grad_norm") { $0.maxGradNorm = -1 },
        Change("warmup_steps") { $0.warmupSteps = -1 },
        Change("logging_steps") { $0.loggingSteps = 0 },
        Change("logging_steps") { $0.loggingSteps = 1.5 },
        Change("save_steps") { $0.saveSteps = 0 },
        Change("save_total_limit") { $0.saveTotalLimit = 0 },
        Change("eval_steps") { $0.evalStrategy = .steps; $0.evalSteps = -3 },
        Change("eval_delay") { $0.evalDelay = -1 },
        Change("eval_delay") { $0.evalDelay = .nan },
        Change("save_steps") { $0.saveStrategy = .no; $0.saveSteps = 1e300 },
        Change("save_steps") { $0.saveStrategy = .no; $0.saveSteps = StepInterval(.nan) },
        Change("logging_steps") { $0.loggingStrategy = .no; $0.loggingSteps = 1e300 },
        Change("logging_steps") { $0.loggingStrategy = .no; $0.evalStrategy = .steps; $0.loggingSteps = 0 },
        Change("eval_steps") { $0.evalSteps = 1e300 },
        Change("eval_steps") { $0.evalSteps = StepInterval(-.infinity) },
        Change("warmup_steps") { $0.warmupSteps = 1e300 },
        Change("warmup_steps") { $0.warmupSteps = StepInterval(.nan) },
        Change("max_steps") { $0.maxSteps = 1 << 62 },
        Change("max_steps") { $0.maxSteps = .min },
        Change("num_train_epochs") { $0.numTrainEpochs = .nan; $0.maxSteps = 5 },
        Change("num_train_epochs") { $0.numTrainEpochs = -1e300 },
        Change("per_device_train_batch_size") { $0.trainBatchSize = 1 << 62 },
        Change("per_device_train_batch_size") { $0.trainBatchSize = .min },
        Change("per_device_eval_batch_size") { $0.evalBatchSize = .max },
        Change("gradient_accumulation_steps") { $0.gradientAccumulationSteps = 1 << 40 },
        Change("max_grad_norm") { $0.maxGradNorm = .nan },
        Change("adam_beta1") { $0.adamBeta1 = .nan },
        Change("adam_epsilon") { $0.adamEpsilon = .infinity },
        Change("save_total_limit") { $0.saveTotalLimit = .min },
        Change("lr_scheduler_kwargs") { $0.lrSchedulerType = .polynomial; $0.lrSchedulerKwargs = ["power": -1] },
        Change("lr_scheduler_kwargs") { $0.lrSchedulerType = .inverseSqrt; $0.lrSchedulerKwargs = ["timescale": 0] },
        Change("run_name") { $0.runName = "../../x" },
        Change("run_name") { $0.runName = "a\nVERDICT: WIN" },
        Change("run_name") { $0.runName = ".." },
        Change("run_name") { $0.runName = String(repeating: "x", count: 300) },
        Change("output_dir") { $0.outputDir = "models/a\nb" },
        Change("lr_scheduler_kwargs") { $0.lrSchedulerKwargs = ["power": 1] },
        Change("save_strategy") { $0.saveStrategy = .best },
        Change("load_best_model_at_end") { $0.loadBestModelAtEnd = true },
        Change("load_best_model_at_end") { $0.loadBestModelAtEnd = true; $0.evalStrategy = .epoch },
        Change("save_steps") { $0.loadBestModelAtEnd = true; $0.evalStrategy = .steps; $0.evalSteps = 300 },
        Change("save_steps") { $0.loadBestModelAtEnd = true; $0.evalStrategy = .steps; $0.evalSteps = 0.1 },
        Change("save_steps") { $0.loadBestModelAtEnd = true; $0.evalStrategy = .steps; $0.evalSteps = 0.2; $0.saveSteps = 0.1 },
        Change("learning_rate_mapping") { $0.learningRateMapping = [LearningRateRule(pattern: "a", learningRate: -1)] },
        Change("per_device_train_batch_size") { $0.batchSampler = .groupByLabel; $0.trainBatchSize = 5 },
    ])
    func anArgumentOutOfRangeIsNamed(_ change: Change) {
        var arguments = TrainingArguments()
        change.apply(&arguments)
        let error = #expect(throws: TrainingArgumentError.self) { try arguments.validate() }
        #expect(error?.argument == change.argument)
        #expect(error?.description.hasPrefix(change.argument + ": ") == true)
    }

    @Test func evaluatingAndSavingAtMatchingFractionsIsAccepted() throws {
        var arguments = TrainingArguments()
        arguments.loadBestModelAtEnd = true
        arguments.evalStrategy = .steps
        arguments.evalSteps = 0.1
        arguments.saveSteps = 0.3
        try arguments.validate()
    }

    @Test func theRunIsNamedAfterItsFolderUnlessItHasAName() {
        var arguments = TrainingArguments()
        arguments.outputDir = "models/wordnet-ce/"
        #expect(arguments.effectiveRunName == "wordnet-ce")
        arguments.outputDir = ".."
        #expect(arguments.effectiveRunName == "run")
        arguments.runName = "mine"
        #expect(arguments.effectiveRunName == "mine")
    }

    @Test(arguments: [(10, 1, 3.0, -1, 30, 3), (10, 4, 1.0, -1, 3, 1), (10, 4, 1.5, -1, 5, 2), (7, 2, 1, 9, 9, 3), (1, 8, 2, -1, 2, 2)])
    func stepsFollowFromBatchesEpochsAndAccumulation(_ batches: Int, _ accumulation: Int, _ epochs: Double, _ maxSteps: Int, _ steps: Int,
        _ begun: Int) throws {
        var arguments = TrainingArguments()
        arguments.gradientAccumulationSteps = accumulation
        arguments.numTrainEpochs = epochs
        arguments.maxSteps = maxSteps
        let plan = try TrainingPlan(arguments, batchesPerEpoch: batches)
        #expect(plan.maxSteps == steps && plan.epochCount == begun)
    }

    @Test(arguments: [1e300, 0, 1e-300, 0.5, -1, .nan, .infinity])
    func anIntervalIsACountWhateverItsNumber(_ value: Double) {
        #expect((0...TrainingPlan.mostSteps).contains(StepInterval(value).steps(of: 12)))
    }

    @Test(arguments: [Int.min, -1, .max])
    func aScheduleOfNoNumberOfStepsIsRefused(_ steps: Int) {
        #expect(throws: TrainingArgumentError.self) { try LearningRateSchedule(.linear, warmupSteps: steps, totalSteps: 10, peak: 1) }
        #expect(throws: TrainingArgumentError.self) { try LearningRateSchedule(.linear, warmupSteps: 0, totalSteps: steps, peak: 1) }
    }

    @Test func theLastStepOfAnEpochTakesTheBatchesThatAreLeft() throws {
        var arguments = TrainingArguments()
        arguments.gradientAccumulationSteps = 4
        let plan = try TrainingPlan(arguments, batchesPerEpoch: 10)
        #expect((0..<4).map { plan.batchRange(ofStep: $0, batchCount: 10) } == [0..<4, 4..<8, 8..<10, 10..<10])
    }
}

extension TrainingArguments {
    /// The largest batch that is accepted, and the most batches to a step.
    private static let mostRows = 1_000_000_000

    /// Checks every argument for itself and against the others that it depends on.
    /// - Throws: ``TrainingArgumentError`` naming the argument.
    public func validate() throws {
        try validateDuration()
        try validateOptimizer()
        try validateIntervals()
        try validateBestModel()
    }

    private func validateDuration() throws {
        if outputDir.isEmpty { throw TrainingArgumentError("output_dir", "must name a folder") }
        if let character = outputDir.unicodeScalars.first(where: \.isControl) {
            throw TrainingArgumentError("output_dir", "has a control character (U+\(String(character.value, radix: 16, uppercase: true))) in its name")
        }
        if let runName, !runName.isEmpty { try Self.checkName(runName, "run_name") }
        if maxSteps == 0 || maxSteps < -1 {
            throw TrainingArgumentError("max_steps", "must be 1 or more, or -1 to go by num_train_epochs, got \(maxSteps)")
        }
        try require("max_steps", maxSteps, maxSteps <= TrainingPlan.mostSteps, "must be \(TrainingPlan.mostSteps) or less")
        try require("num_train_epochs", numTrainEpochs, numTrainEpochs > 0 || (maxSteps > 0 && !numTrainEpochs.isNaN), "must be greater than 0")
        for (name, size) in [("per_device_train_batch_size", trainBatchSize), ("per_device_eval_batch_size", evalBatchSize),
                             ("gradient_accumulation_steps", gradientAccumulationSteps)] {
            try require(name, size, size >= 1, "must be 1 or more")
            try require(name, size, size <= Self.mostRows, "must be \(Self.mostRows) or less")
        }
        if batchSampler == .groupByLabel, trainBatchSize < 4 || trainBatchSize % 2 == 1 {
            throw TrainingArgumentError("per_device_train_batch_size",
                                        "the group_by_label sampler needs an even number of at least 4, got \(trainBatchSize)")
        }
    }

    private func validateOptimizer() throws {
        try require("learning_rate", learningRate, learningRate.isFinite && learningRate >= 0, "must be 0 or more")
        try require("weight_decay", weightDecay, weightDecay.isFinite && weightDecay >= 0, "must be 0 or more")
        try require("adam_beta1", adamBeta1, adamBeta1 >= 0 && adamBeta1 < 1, "must be at least 0 and less than 1")
        try require("adam_beta2", adamBeta2, adamBeta2 >= 0 && adamBeta2 < 1, "must be at least 0 and less than 1")
        try require("adam_epsilon", adamEpsilon, adamEpsilon.isFinite && adamEpsilon >= 0, "must be 0 or more")
        try require("max_grad_norm", maxGradNorm, maxGradNorm >= 0, "must be 0 (no clipping) or more")
        for rule in learningRateMapping {
            try require("learning_rate_mapping", rule.learningRate, rule.learningRate.isFinite && rule.learningRate >= 0,
                        "the learning rate of '\(rule.pattern)' must be 0 or more")
        }
        // Shape and settings are checked here, long before the number of steps is known.
        _ = try LearningRateSchedule(lrSchedulerType, warmupSteps: 0, totalSteps: 1, settings: lrSchedulerKwargs, peak: max(learningRate, 1e-300))
    }

    private func validateIntervals() throws {
        try requireSteps("warmup_steps", warmupSteps, allowsZero: true)
        // Also where its strategy is another: the plan of the run has a number for each.
        try requireSteps("logging_steps", loggingSteps, allowsZero: loggingStrategy != .steps && (evalStrategy != .steps || evalSteps != nil))
        if let evalSteps { try requireSteps("eval_steps", evalSteps, allowsZero: evalStrategy != .steps) }
        try requireSteps("save_steps", saveSteps, allowsZero: saveStrategy != .steps)
        try require("eval_delay", evalDelay, evalDelay >= 0, "must be 0 or more")
        if let saveTotalLimit { try require("save_total_limit", saveTotalLimit, saveTotalLimit >= 1, "must be 1 or more") }
    }

    private func validateBestModel() throws {
        guard loadBestModelAtEnd else {
            if saveStrategy == .best, evalStrategy == .no {
                throw TrainingArgumentError("save_strategy", "'best' needs evaluations to choose by; set eval_strategy")
            }
            return
        }
        if evalStrategy == .no {
            throw TrainingArgumentError("load_best_model_at_end", "needs evaluations to choose by; set eval_strategy to 'steps' or 'epoch'")
        }
        if saveStrategy == .best { return }
        if evalStrategy.rawValue != saveStrategy.rawValue {
            throw TrainingArgumentError("load_best_model_at_end", "needs save_strategy and eval_strategy to be the same, or save_strategy "
                + "'best'; they are '\(saveStrategy.rawValue)' and '\(evalStrategy.rawValue)'")
        }
        guard evalStrategy == .steps else { return }
        let evaluation = evalSteps ?? loggingSteps
        if evaluation.isFraction != saveSteps.isFraction {
            throw TrainingArgumentError("save_steps", "\(saveSteps) and eval_steps \(evaluation) mix a count with a fraction, so it is open "
                + "whether the best checkpoint would be on disk; give both as counts or both as fractions")
        }
        let ratio = saveSteps.value / evaluation.value
        if (ratio - ratio.rounded()).magnitude > 1e-6 || ratio < 0.5 {
            throw TrainingArgumentError("save_steps", "\(saveSteps) is not a multiple of eval_steps \(evaluation), so the best checkpoint "
                + "would not be on disk for load_best_model_at_end; set both to the same value")
        }
    }

    /// A name that becomes part of file names and of lines of text.
    /// - Throws: ``TrainingArgumentError`` unless it is the name of a file in a folder.
    static func checkName(_ name: String, _ argument: String) throws {
        let problem: String
        if name.contains("/") {
            problem = "is a name, not a path: it must not have a '/'"
        } else if name == "." || name == ".." {
            problem = "'\(name)' names a folder of the system, not a file"
        } else if name.unicodeScalars.contains(where: \.isControl) {
            problem = "must not have a line break or another control character"
        } else if name.utf8.count > 200 {
            problem = "has \(name.utf8.count) bytes, and a file name has room for 200"
        } else {
            return
        }
        throw TrainingArgumentError(argument, problem)
    }

    private func require<Value>(_ argument: String, _ value: Value, _ holds: Bool, _ rule: String) throws {
        if !holds { throw TrainingArgumentError(argument, "\(rule), got \(value)") }
    }

    private func requireSteps(_ argument: String, _ interval: StepInterval, allowsZero: Bool) throws {
        if interval.value == 0 && allowsZero { return }
        guard interval.value > 0, interval.value <= Double(TrainingPlan.mostSteps) else {
            throw TrainingArgumentError(argument, "must be a count of steps or a fraction of the run between 0 and 1, got \(interval)")
        }
        if interval.value > 1 && interval.value != interval.value.rounded() {
            throw TrainingArgumentError(argument, "must be a whole number of steps if greater than 1, got \(interval)")
        }
    }
}

extension Unicode.Scalar {
    /// Whether it stands for no character, such as a line break.
    var isControl: Bool { properties.generalCategory == .control }
}

extension StepInterval: CustomStringConvertible {
    public var description: String { Int(exactly: value).map { "\($0)" } ?? "\(value)" }
}

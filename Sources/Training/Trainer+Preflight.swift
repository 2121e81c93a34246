extension Trainer {
    /// What preflight looks at, gathered.
    func preflightSubject() -> PreflightSubject {
        let plan = (try? makeSampler()).flatMap { try? TrainingPlan(arguments, batchesPerEpoch: $0.batchCount) }
        var subject = PreflightSubject(arguments: arguments, plan: plan, train: trainSource, eval: evalSource, model: ModelFacts(of: model),
                                       lossName: loss.name, lossRequirements: loss.requirements, lossConfiguration: loss.configuration)
        subject.hasEvaluator = evaluator != nil
        subject.evaluatorKeys = evaluator?.metricKeys
        subject.evaluatorTexts = evaluator?.sampleTexts ?? []
        subject.callbackNames = callbacks.map(\.name)
        subject.existingCheckpoints = (try? CheckpointStore(folder: arguments.outputDir).steps().count) ?? 0
        subject.resumes = isResuming || arguments.resumeFromCheckpoint != .none
        return subject
    }
}

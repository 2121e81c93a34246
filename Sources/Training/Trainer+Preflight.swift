import Evaluators
import Losses

extension Trainer {
    /// What preflight looks at, gathered.
    func preflightReport() -> PreflightReport {
        let facts = ModelFacts(of: model)
        let plan = (try? makeSampler()).flatMap { try? TrainingPlan(arguments, sampler: $0, rowCount: train.rowCount) }
        let checkpoints = (try? CheckpointStore(folder: arguments.outputDir).steps().count) ?? 0
        func subject(_ dataset: TrainingDataset, train: LossBatchSource, eval: LossBatchSource?) -> PreflightSubject {
            let loss = dataset.loss
            var subject = PreflightSubject(arguments: arguments, plan: plan, train: train, eval: eval, model: facts, lossName: loss.name,
                                           lossRequirements: loss.requirements, lossConfiguration: loss.configuration)
            subject.datasetName = dataset.name
            subject.evalLossKeys = evalLossKeys
            subject.hasEvaluator = evaluator != nil
            subject.evaluatorKeys = evaluator?.metricKeys
            subject.repeatedEvaluatorKeys = (evaluator as? SequentialEvaluator)?.repeatedKeys ?? []
            subject.evaluatorTexts = evaluator?.sampleTexts ?? []
            if let inner = (loss as? any RegularizedLoss)?.wrapped {
                subject.innerLossName = inner.name
                subject.innerLossConfiguration = inner.configuration
            }
            let schedules = callbacks.compactMap { $0 as? SpladeRegularizerWeightSchedulerCallback }
            subject.regularizerWarmupRatio = schedules.first { $0.loss === loss }?.warmupRatio
            subject.callbackNames = callbacks.map(\.name)
            subject.existingCheckpoints = checkpoints
            subject.isSmokeTest = environment.isSmokeTest
            subject.resumes = isResuming || arguments.resumeFromCheckpoint != .none
            return subject
        }
        return Preflight.standard.report(
            train: train.map { subject($0, train: $0.rows, eval: nil) },
            eval: eval.map { dataset in
                // Compared with the training dataset of the same name, else with the first.
                subject(dataset, train: (train.first { $0.name == dataset.name } ?? train[0]).rows, eval: dataset.rows)
            })
    }
}

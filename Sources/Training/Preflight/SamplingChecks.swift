import Datasets

/// Whether batches are made the way the loss needs them.
enum SamplingChecks {
    static let all: [Preflight.Check] = [inBatchNegatives, accumulatedNegatives, droppedRows]
    static let ofRun: [Preflight.Check] = [warmup]

    static func inBatchNegatives(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard subject.lossRequirements?.usesInBatchNegatives == true, !subject.arguments.batchSampler.avoidsDuplicates else { return [] }
        var seen: [DatasetValue: Int] = [:]
        for column in subject.train.inputs { for cell in column { seen[cell, default: 0] += 1 } }
        let repeated = (0..<subject.train.rowCount).filter { row in subject.train.inputs.contains { seen[$0[row], default: 0] > 1 } }.count
        guard repeated > 0 else { return [] }
        return [PreflightFinding("in-batch-negatives", .warning, "\(subject.lossName) takes the other rows of a batch as negatives, and "
            + "\(RowChecks.share(repeated, subject.train.rowCount)) of the rows have a text that occurs elsewhere too, so right answers would be "
            + "trained as wrong ones", fix: "set batch_sampler = \"no_duplicates\"")]
    }

    static func accumulatedNegatives(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard subject.lossRequirements?.usesInBatchNegatives == true, subject.arguments.gradientAccumulationSteps > 1 else { return [] }
        return [PreflightFinding("accumulated-negatives", .warning, "gradient_accumulation_steps does not add negatives: each row still sees "
            + "the \(subject.arguments.trainBatchSize) rows of its own batch",
            fix: "raise per_device_train_batch_size, with CachedMultipleNegativesRankingLoss if memory is short")]
    }

    static func droppedRows(_ subject: PreflightSubject) -> [PreflightFinding] {
        let rows = subject.train.rowCount, size = subject.arguments.trainBatchSize
        if rows > 0, rows < size {
            return [PreflightFinding("batch-size", .warning, "a batch of \(size) is larger than the training dataset of \(rows) rows",
                                     fix: "lower per_device_train_batch_size")]
        }
        return []
    }

    static func warmup(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard let plan = subject.plan, plan.warmupSteps > 1, plan.warmupSteps >= plan.maxSteps else { return [] }
        return [PreflightFinding("warmup", .warning, "warm-up takes \(plan.warmupSteps) steps and the run has \(plan.maxSteps), so the learning "
            + "rate never reaches its peak", fix: "set warmup_steps = 0.1")]
    }
}

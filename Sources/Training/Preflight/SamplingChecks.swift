import Datasets

/// Whether batches are made the way the loss needs them.
enum SamplingChecks {
    static let all: [Preflight.Check] = [inBatchNegatives, loneRows, groupedLabels, accumulatedNegatives, droppedRows]
    static let ofRun: [Preflight.Check] = [warmup]

    static func inBatchNegatives(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard subject.lossRequirements?.usesInBatchNegatives == true, !subject.arguments.batchSampler.avoidsDuplicates else { return [] }
        var seen: [UInt64: Int32] = [:]
        let columns = subject.train.inputs.map { column in column.map(\.fingerprint) }
        for column in columns { for cell in column { seen[cell, default: 0] += 1 } }
        let repeated = (0..<subject.train.rowCount).filter { row in columns.contains { seen[$0[row], default: 0] > 1 } }.count
        guard repeated > 0 else { return [] }
        return [PreflightFinding("in-batch-negatives", .warning, "\(subject.lossName) takes the other rows of a batch as negatives, and "
            + "\(RowChecks.share(repeated, subject.train.rowCount)) of the rows have a text that occurs elsewhere too, so right answers would be "
            + "trained as wrong ones", fix: "set batch_sampler = \"no_duplicates\"")]
    }

    /// In-batch negatives and comparisons need other rows.
    static func loneRows(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard let wanted = subject.lossRequirements, wanted.comparesRows || wanted.usesInBatchNegatives, subject.train.inputs.count < 3
        else { return [] }
        let how = wanted.comparesRows ? "compares the rows of a batch with one another" : "takes the other rows of a batch as negatives"
        let rows = subject.train.rowCount, size = subject.arguments.trainBatchSize
        if rows == 1 || size == 1 {
            return [PreflightFinding("lone-rows", .error, "\(subject.lossName) \(how), and every batch has one row, "
                + "so there is nothing to learn", fix: rows == 1 ? "train on more rows" : "raise per_device_train_batch_size")]
        }
        if rows % size == 1, !subject.arguments.dataloaderDropLast {
            return [PreflightFinding("lone-rows", .note,
                "the last batch of an epoch has a single row, and \(subject.lossName) learns nothing from it",
                                     fix: "set dataloader_drop_last = true")]
        }
        return []
    }

    static func groupedLabels(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard subject.lossRequirements?.groupsByLabel == true, let labels = subject.train.labels, let name = subject.train.labelName else {
            return []
        }
        var counts: [DatasetValue: Int] = [:]
        for label in labels { counts[label, default: 0] += 1 }
        let lone = counts.values.filter { $0 == 1 }.count
        let usable = counts.count - lone
        if usable < 2 {
            return [PreflightFinding("labels-once", .error, "\(subject.lossName) makes triplets of rows with equal and with other labels, and "
                + "\(usable == 0 ? "no label" : "one label only") of '\(name)' occurs twice or more", fix: "use labels that several rows share")]
        }
        var findings: [PreflightFinding] = []
        if subject.arguments.batchSampler != .groupByLabel {
            findings.append(PreflightFinding("group-by-label", .warning, "\(subject.lossName) makes triplets within a batch, and a random batch of "
                + "\(subject.arguments.trainBatchSize) rows over \(counts.count) labels may hold none",
                    fix: "set batch_sampler = \"group_by_label\""))
        }
        if lone > 0 {
            findings.append(PreflightFinding("labels-once", .warning,
                "\(lone) of \(counts.count) labels in '\(name)' occur once, and their rows can never "
                + "be the positive of another", fix: "remove these rows, or merge the labels"))
        }
        return findings
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

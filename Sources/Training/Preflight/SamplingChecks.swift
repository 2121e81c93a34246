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

    /// In-batch negatives and comparisons need other rows in the batch.
    static func loneRows(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard let wanted = subject.lossRequirements, wanted.comparesRows || wanted.usesInBatchNegatives || wanted.groupsByLabel,
              subject.train.inputs.count < 3 else { return [] }
        let how = wanted.usesInBatchNegatives ? "takes the other rows of a batch as negatives"
            : wanted.groupsByLabel ? "makes triplets of the rows of a batch" : "compares the rows of a batch with one another"
        let rows = subject.train.rowCount, size = subject.arguments.trainBatchSize
        if rows == 1 || size == 1 {
            return [PreflightFinding("lone-rows", .error, "\(subject.lossName) \(how), and every batch has one row, "
                + "so there is nothing to learn", fix: rows == 1 ? "train on more rows" : "raise per_device_train_batch_size")]
        }
        let apart = subject.arguments.batchSampler.avoidsDuplicates ? rowsKeptApart(subject.train) : 0
        // Any other row can keep only one of these company.
        let lone = max(0, 2 * apart - rows)
        if apart == rows, rows > 0 {
            return [PreflightFinding("lone-rows", .error, "\(subject.lossName) \(how), and every batch has one row, since all \(rows) rows have a "
                + "text in common and batch_sampler = \"\(subject.arguments.batchSampler.rawValue)\" keeps such rows apart, so there is nothing to learn",
                fix: "look at how the dataset was made; train on rows of different texts")]
        }
        if Double(lone) > 0.1 * Double(rows) {
            return [PreflightFinding("lone-rows", .warning, "\(subject.lossName) \(how), and \(RowChecks.share(lone, rows)) of the rows or more come "
                + "alone in their batch, since \(apart) of \(rows) have a text in common and "
                + "batch_sampler = \"\(subject.arguments.batchSampler.rawValue)\" keeps such rows apart",
                fix: "remove rows that repeat a text")]
        }
        if rows % size == 1, !wanted.groupsByLabel, !subject.arguments.dataloaderDropLast {
            return [PreflightFinding("lone-rows", .note,
                "the last batch of an epoch has a single row, and \(subject.lossName) learns nothing from it",
                                     fix: "set dataloader_drop_last = true")]
        }
        return []
    }

    /// How many rows share the text that the most rows have: a batch without duplicates holds one of them at most.
    private static func rowsKeptApart(_ source: LossBatchSource) -> Int {
        let columns = source.inputs.map { column in column.map(\.fingerprint) }
        var counts: [UInt64: Int] = [:]
        var most = 0
        for row in 0..<source.rowCount {
            for column in columns.indices where !columns[..<column].contains(where: { $0[row] == columns[column][row] }) {
                let count = counts[columns[column][row], default: 0] + 1
                counts[columns[column][row]] = count
                most = max(most, count)
            }
        }
        return most
    }

    static func groupedLabels(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard subject.lossRequirements?.groupsByLabel == true, let labels = subject.train.labels, let name = subject.train.labelName else {
            return []
        }
        var counts: [DatasetValue: Int] = [:]
        for label in labels { counts[label, default: 0] += 1 }
        // One label for all is a finding of its own.
        if counts.count == 1, labels.count > 1 { return [] }
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
        if rows > 0, rows < size, !subject.isSmokeTest {
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

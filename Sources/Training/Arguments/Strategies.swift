/// When logging or evaluation happens.
public enum IntervalStrategy: String, CaseIterable, Sendable {
    case no, steps, epoch
}

/// When a checkpoint is written.
public enum SaveStrategy: String, CaseIterable, Sendable {
    case no, steps, epoch
    /// Whenever an evaluation beats every earlier one.
    case best
}

/// How rows are grouped into batches.
public enum BatchSamplerKind: String, CaseIterable, Sendable {
    /// A fresh random order each epoch, cut into batches.
    case batchSampler = "batch_sampler"
    /// No text occurs twice in a batch; for losses that use other rows of the batch as negatives.
    case noDuplicates = "no_duplicates"
    /// The same. In the reference, the one that compares hashes; here both do.
    case noDuplicatesHashed = "no_duplicates_hashed"
    /// At least two rows of at least two labels in each batch.
    case groupByLabel = "group_by_label"

    /// Whether no text occurs twice in a batch.
    public var avoidsDuplicates: Bool { self == .noDuplicates || self == .noDuplicatesHashed }
}

/// The rule that turns gradients into new weights.
public enum OptimizerKind: String, CaseIterable, Sendable {
    case adamW = "adamw_torch"
    case sgd
}

/// What preflight errors do.
public enum PreflightMode: String, CaseIterable, Sendable {
    /// They stop the run before its first step.
    case error
    /// They are printed as warnings.
    case warn
}

import Kernels

/// Loss functions on tensors, under torch's names, formulas and defaults.
public enum Functional {
    /// What a loss makes of its per-element values.
    public enum Reduction: String, CaseIterable, Sendable { case mean, sum, none }

    /// Cross-entropy of `logits` `[n, classes]` (or `[classes]`) with class numbers `targets` (int64 `[n]`, or none), or
    /// with probabilities of the logits' shape (float32).
    ///
    /// - Parameters:
    ///   - weight: a factor per class, `[classes]`; the mean is then weighted.
    ///   - ignoreIndex: targets of this value count for nothing.
    ///   - labelSmoothing: the share of the target that is spread over all classes.
    public static func crossEntropy(
        _ logits: Tensor, _ targets: Tensor, weight: Tensor? = nil, ignoreIndex: Int64 = -100, labelSmoothing: Double = 0,
        reduction: Reduction = .mean
    ) throws -> Tensor {
        guard logits.rank == 1 || logits.rank == 2 else {
            throw TensorError("cross_entropy: logits have shape \(logits.shape); [rows, classes] or [classes] is needed")
        }
        let classes = logits.shape[logits.rank - 1]
        if let weight, weight.shape != [classes] {
            throw TensorError("cross_entropy: weight has shape \(weight.shape), logits \(logits.shape); one factor per class is needed, [\(classes)]")
        }
        guard labelSmoothing >= 0 && labelSmoothing <= 1 else {
            throw TensorError("cross_entropy: label smoothing \(labelSmoothing); it must lie between 0 and 1")
        }
        let logProbabilities = try logits.logSoftmax(dim: -1)
        if targets.dtype == .float32 {
            guard targets.shape == logits.shape else {
                throw TensorError("""
                    cross_entropy: probabilities have shape \(targets.shape), logits \(logits.shape); they must be equal (class \
                    numbers must be int64)
                    """)
            }
            let smoothed = labelSmoothing == 0 ? targets : try targets.multiplying(1 - labelSmoothing).adding(labelSmoothing / Double(classes))
            var terms = try logProbabilities.multiplying(smoothed)
            if let weight { terms = try terms.multiplying(weight) }
            let losses = try terms.sum(dim: -1).negated()
            return try reduce(losses, reduction)
        }
        return try negativeLogLikelihood("cross_entropy", logProbabilities, targets, weight, ignoreIndex, labelSmoothing, reduction)
    }

    /// `-logProbabilities[i, targets[i]]`; see ``crossEntropy(_:_:weight:ignoreIndex:labelSmoothing:reduction:)``.
    public static func nllLoss(
        _ logProbabilities: Tensor, _ targets: Tensor, weight: Tensor? = nil, ignoreIndex: Int64 = -100, reduction: Reduction = .mean
    ) throws -> Tensor {
        guard logProbabilities.rank == 1 || logProbabilities.rank == 2 else {
            throw TensorError("nll_loss: the input has shape \(logProbabilities.shape); [rows, classes] or [classes] is needed")
        }
        return try negativeLogLikelihood("nll_loss", logProbabilities, targets, weight, ignoreIndex, 0, reduction)
    }

    private static func negativeLogLikelihood(
        _ name: String, _ input: Tensor, _ targets: Tensor, _ weight: Tensor?, _ ignoreIndex: Int64, _ smoothing: Double, _ reduction: Reduction
    ) throws -> Tensor {
        let classes = input.shape[input.rank - 1]
        guard targets.dtype == .int64, targets.shape == Array(input.shape.dropLast()) else {
            throw TensorError("""
                \(name): targets are \(targets.dtype) of shape \(targets.shape), the input has shape \(input.shape); targets \
                must be int64 of shape \(Array(input.shape.dropLast()))
                """)
        }
        let ignored = try targets.eq(Tensor([ignoreIndex], shape: []))
        let places = try targets.maskedFill(ignored, 0)
        let dense = try places.dense
        if let value = firstOutOfRange(dense.integers, count: dense.count, bound: classes) {
            throw TensorError("\(name): target \(value) is no class; \(classes) classes are numbered 0 to \(classes - 1)")
        }
        let column = try places.unsqueeze(-1)
        let factors = try (weight?.indexSelect(dim: 0, indices: places.reshape([-1])).reshape(places.shape) ?? Tensor.ones(places.shape))
            .maskedFill(ignored, 0)
        var losses = try input.gather(dim: -1, index: column).squeeze(-1).negated().multiplying(factors)
        if smoothing > 0 {
            let weighted = try weight.map { try input.multiplying($0) } ?? input
            let spread = try weighted.sum(dim: -1).negated().maskedFill(ignored, 0)
            losses = try losses.multiplying(1 - smoothing).adding(spread.multiplying(smoothing / Double(classes)))
        }
        return reduction == .mean ? try losses.sum().dividing(by: factors.sum()) : try reduce(losses, reduction)
    }

    /// Cross-entropy of independent yes/no `logits` with `targets` in 0...1 of the same shape.
    ///
    /// - Parameters:
    ///   - weight: a factor per element, broadcast.
    ///   - posWeight: a factor for the positive part, broadcast.
    public static func binaryCrossEntropyWithLogits(
        _ logits: Tensor, _ targets: Tensor, weight: Tensor? = nil, posWeight: Tensor? = nil, reduction: Reduction = .mean
    ) throws -> Tensor {
        try requireEqualShapes("binary_cross_entropy_with_logits", logits, targets)
        let targets = try targets.toFloat32()
        // (1 - y) x + (1 + (w - 1) y) softplus(-x)
        var tail = try logits.negated().softplus()
        if let posWeight { tail = try tail.multiplying(posWeight.subtracting(1).multiplying(targets).adding(1)) }
        guard tail.shape == logits.shape else {
            throw TensorError("""
                binary_cross_entropy_with_logits: pos_weight of shape \(posWeight?.shape ?? []) does not broadcast to the \
                logits' shape \(logits.shape)
                """)
        }
        var losses = try (1 - targets).multiplying(logits).adding(tail)
        if let weight { losses = try losses.multiplying(weight) }
        return try reduce(losses, reduction)
    }

    /// The same.
    public static func binaryCrossEntropyWithLogits(
        _ logits: Tensor, _ targets: Tensor, posWeight: Double, reduction: Reduction = .mean
    ) throws -> Tensor {
        try binaryCrossEntropyWithLogits(logits, targets, posWeight: Tensor.scalar(Float(posWeight)), reduction: reduction)
    }

    /// Squared differences.
    public static func mse(_ input: Tensor, _ target: Tensor, reduction: Reduction = .mean) throws -> Tensor {
        try requireEqualShapes("mse_loss", input, target)
        return try reduce(input.subtracting(target).square(), reduction)
    }

    /// Absolute differences.
    public static func l1(_ input: Tensor, _ target: Tensor, reduction: Reduction = .mean) throws -> Tensor {
        try requireEqualShapes("l1_loss", input, target)
        return try reduce(input.subtracting(target).abs(), reduction)
    }

    /// `d^2 / 2` where the difference `d` is at most `delta`, else `delta (d - delta / 2)`.
    public static func huber(_ input: Tensor, _ target: Tensor, delta: Double = 1, reduction: Reduction = .mean) throws -> Tensor {
        try requireEqualShapes("huber_loss", input, target)
        guard delta > 0 else { throw TensorError("huber_loss: delta is \(delta); it must be above 0") }
        let distance = try input.subtracting(target).abs()
        let near = try distance.square().multiplying(0.5), far = try distance.subtracting(delta / 2).multiplying(delta)
        return try reduce(Tensor.where(distance.le(delta), near, far), reduction)
    }

    /// ``huber(_:_:delta:reduction:)`` divided by `beta`; absolute differences if `beta` is 0.
    public static func smoothL1(_ input: Tensor, _ target: Tensor, beta: Double = 1, reduction: Reduction = .mean) throws -> Tensor {
        if beta == 0 { return try l1(input, target, reduction: reduction) }
        return try huber(input, target, delta: beta, reduction: reduction).dividing(by: beta)
    }

    /// Kullback-Leibler divergence `y (log y - x)` of log-probabilities `input` from probabilities `target` (or their
    /// logarithms if `logTarget`). The mean is over elements; ``klDivBatchMean(_:_:logTarget:)`` divides by rows.
    public static func klDiv(_ input: Tensor, _ target: Tensor, logTarget: Bool = false, reduction: Reduction = .mean) throws -> Tensor {
        try requireEqualShapes("kl_div", input, target)
        if logTarget { return try reduce(target.exp().multiplying(target.subtracting(input)), reduction) }
        // y log y is 0 at y = 0, where the logarithm is not finite.
        let entropy = try target.multiplying(target.log()).maskedFill(target.eq(0), 0)
        return try reduce(entropy.subtracting(target.multiplying(input)), reduction)
    }

    /// The divergence summed and divided by the number of rows: its mathematical mean over a batch.
    public static func klDivBatchMean(_ input: Tensor, _ target: Tensor, logTarget: Bool = false) throws -> Tensor {
        try klDiv(input, target, logTarget: logTarget, reduction: .sum).dividing(by: Double(input.shape.first ?? 1))
    }

    /// `max(0, -y (a - b) + margin)` for `y` of 1 (a should be larger) or -1.
    public static func marginRanking(
        _ first: Tensor, _ second: Tensor, _ target: Tensor, margin: Double = 0, reduction: Reduction = .mean
    ) throws -> Tensor {
        try reduce(first.subtracting(second).multiplying(target).negated().adding(margin).relu(), reduction)
    }

    private static func reduce(_ losses: Tensor, _ reduction: Reduction) throws -> Tensor {
        switch reduction {
        case .mean: return try losses.mean()
        case .sum: return try losses.sum()
        case .none: return losses
        }
    }

    private static func requireEqualShapes(_ name: String, _ input: Tensor, _ target: Tensor) throws {
        guard input.shape == target.shape else {
            throw TensorError("""
                \(name): input of shape \(input.shape) and target of shape \(target.shape); they must be equal, reshape or \
                squeeze one of them
                """)
        }
    }
}

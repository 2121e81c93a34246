/// Whether the model's outputs fit the loss.
enum ModelChecks {
    static let all: [Preflight.Check] = [numLabels, activation, cachedLossWithCheckpointing]

    static func numLabels(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard let range = subject.lossRequirements?.numLabels, let count = subject.model.numLabels, !range.contains(count) else { return [] }
        let need = range.lowerBound == range.upperBound ? "exactly \(range.lowerBound)" : "\(range.lowerBound) or more"
        return [PreflightFinding("num-labels", .error, "\(subject.lossName) needs a model with \(need) output\(need == "exactly 1" ? "" : "s"), "
            + "this one has num_labels = \(count)", fix: "create the model with num_labels = \(range.lowerBound), or choose another loss")]
    }

    /// Losses on raw outputs whose scale grows without bounds, so that a sigmoid gives 1 to everything good.
    private static let rawScoreLosses: Set<String> = ["MSELoss", "MarginMSELoss", "LambdaLoss", "RankNetLoss", "ListNetLoss", "ListMLELoss",
                                                      "PListMLELoss", "ADRMSELoss"]

    static func activation(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard rawScoreLosses.contains(subject.lossName), subject.model.activation == "sigmoid" else { return [] }
        return [PreflightFinding("activation", .error, "\(subject.lossName) trains raw scores, but predictions go through Sigmoid, which gives "
            + "nearly 1 to every large score, so the ranking is lost when the model is evaluated",
            fix: "create the model with activation_fn = \"identity\"")]
    }

    static func cachedLossWithCheckpointing(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard subject.lossRequirements?.usesGradientCache == true, subject.arguments.gradientCheckpointing else { return [] }
        return [PreflightFinding("cached-checkpointing", .error, "\(subject.lossName) already computes everything again in small parts, and "
            + "gradient_checkpointing would do so once more", fix: "turn gradient_checkpointing off and lower the loss's mini_batch_size")]
    }
}

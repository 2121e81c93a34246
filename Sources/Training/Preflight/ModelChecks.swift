/// Whether the model's outputs fit the loss.
enum ModelChecks {
    static let all: [Preflight.Check] = [numLabels, activation, cachedLossWithCheckpointing, selfGuided, newVocabularyHead]
    static let ofRun: [Preflight.Check] = [causalMean, routes, routeWidths]

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

    static func selfGuided(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard subject.lossRequirements?.guideIsModel == true else { return [] }
        return [PreflightFinding("self-guided", .error, "the guide of \(subject.lossName) is the model in training, so what it takes for a false "
            + "negative changes with every step and is right whenever the model is wrong", fix: "load the guide as a model of its own, if "
            + "possible a stronger one")]
    }

    static func newVocabularyHead(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard subject.model.isVocabularyHeadNew, subject.lossName != "MaskedLanguageModelLoss" else { return [] }
        return [PreflightFinding("new-vocabulary-head", .warning, "the folder has no masked-language-model head, so a new one with random weights "
            + "was made; sparse training from there mostly ends with the same few words for every text",
            fix: "train it as a masked language model first, with sentx.MaskedLanguageModelTrainer")]
    }

    static func causalMean(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard subject.model.isCausal, subject.model.poolingModes.contains("mean") else { return [] }
        return [PreflightFinding("causal-mean", .warning, "the model is a causal decoder and its token embeddings are averaged, though only the last "
            + "token has seen the whole text", fix: "use pooling_mode = \"lasttoken\"")]
    }

    static func routes(_ subject: PreflightSubject) -> [PreflightFinding] {
        let mapping = subject.arguments.routerMapping
        guard let routes = subject.model.routes else {
            if mapping.isEmpty { return [] }
            return [PreflightFinding("router-mapping", .warning, "router_mapping is given, but the model has no Router, so it has no effect",
                                     fix: "leave router_mapping out")]
        }
        let known = routes.map { "'\($0)'" }.joined(separator: ", ")
        if mapping.isEmpty {
            return [PreflightFinding("router-mapping", .error,
                "the model has a Router with the routes \(known), and nothing says which column takes which",
                                     fix: "set router_mapping = { COLUMN = ROUTE, ... } in the training arguments")]
        }
        return mapping.leaves.filter { !routes.contains($0) }.prefix(1).map {
            PreflightFinding("router-mapping", .error, "router_mapping names the route '\($0)', the model has \(known)", fix: "use one of them")
        }
    }

    static func routeWidths(_ subject: PreflightSubject) -> [PreflightFinding] {
        let widths = subject.model.routeWidths
        guard let first = widths.first, let other = widths.first(where: { $0 != first }), subject.lossRequirements?.columns.count ?? 0 > 1 else {
            return []
        }
        return [PreflightFinding("route-widths", .error,
            "the routes of the Router give embeddings of \(first) and of \(other) numbers, which cannot be compared",
                                 fix: "end the routes with Dense modules of one out_features")]
    }

    static func cachedLossWithCheckpointing(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard subject.lossRequirements?.usesGradientCache == true, subject.arguments.gradientCheckpointing else { return [] }
        return [PreflightFinding("cached-checkpointing", .error, "\(subject.lossName) already computes everything again in small parts, and "
            + "gradient_checkpointing would do so once more", fix: "turn gradient_checkpointing off and lower the loss's mini_batch_size")]
    }
}

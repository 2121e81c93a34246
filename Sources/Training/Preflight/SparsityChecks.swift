import TextFormat

/// What keeps a sparse encoder from becoming sparse, or from learning anything.
enum SparsityChecks {
    static let all: [Preflight.Check] = [missingRegularizer, missingAutoEncoder, regularizerWeights, weightRange, similarityScale]
    static let ofRun: [Preflight.Check] = [ramp, metric]

    /// The losses that keep embeddings sparse by penalties.
    private static let splade: Set<String> = ["SpladeLoss", "CachedSpladeLoss"]

    static func missingRegularizer(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard subject.model.kind == "SparseEncoder" else { return [] }
        if subject.lossRequirements?.needsSparsityLoss == true {
            return [PreflightFinding("no-regularizer", .error, "\(subject.lossName) keeps nothing sparse: embeddings would fill up with every word",
                fix: "put it into SpladeLoss(model, loss, { document_regularizer_weight = 3e-5, query_regularizer_weight = 5e-5 }), or into "
                    + "CSRLoss for a model with a SparseAutoEncoder")]
        }
        return []
    }

    static func missingAutoEncoder(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard subject.model.kind == "SparseEncoder" else { return [] }
        let hasAutoEncoder = subject.model.hasSparseAutoEncoder
        if subject.lossName == "CSRLoss", !hasAutoEncoder {
            return [PreflightFinding("csr-model", .error, "CSRLoss needs a SparseAutoEncoder, and the model has none",
                                     fix: "build the model of Transformer, Pooling and SparseAutoEncoder, or use SpladeLoss")]
        }
        if splade.contains(subject.lossName), hasAutoEncoder {
            return [PreflightFinding("csr-model", .warning, "the model has a SparseAutoEncoder, which keeps a fixed number of elements and whose "
                + "reconstruction \(subject.lossName) does not train", fix: "use CSRLoss around the same loss")]
        }
        return []
    }

    private static func weight(_ side: String, _ subject: PreflightSubject) -> Double? {
        splade.contains(subject.lossName) ? subject.lossConfiguration["\(side)_regularizer_weight"]?.asNumber : nil
    }

    private static func usesFlops(_ side: String, _ subject: PreflightSubject) -> Bool {
        subject.lossConfiguration["\(side)_regularizer"] == nil
    }

    static func regularizerWeights(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard splade.contains(subject.lossName), let document = weight("document", subject) else { return [] }
        let query = weight("query", subject)
        var findings: [PreflightFinding] = []
        for (side, value) in [("document", Optional(document)), ("query", query)] where value == 0 {
            findings.append(PreflightFinding("regularizer-weight", .warning, "\(side)_regularizer_weight is 0, so nothing keeps that side sparse",
                                             fix: "start with \(side == "query" ? "5e-5" : "3e-5") and raise it until embeddings are as sparse as wanted"))
        }
        let isShared = subject.lossConfiguration["use_document_regularizer_only"]?.asBool == true
        if query == nil, !isShared, !subject.model.hasStaticQueries {
            findings.append(PreflightFinding("regularizer-weight", .warning, "query_regularizer_weight is not given, so nothing keeps queries sparse",
                fix: "start with 5e-5; leave it out only where queries take a SparseStaticEmbedding, or set use_document_regularizer_only"))
        }
        if let query, query == document, query > 0 {
            findings.append(PreflightFinding("equal-regularizers", .note, "both regularizer weights are \(query.general()); queries are short and need "
                + "to be the sparser side", fix: "give queries a somewhat larger weight than documents, such as 5e-5 and 3e-5"))
        }
        return findings
    }

    static func weightRange(_ subject: PreflightSubject) -> [PreflightFinding] {
        ["document", "query"].flatMap { side -> [PreflightFinding] in
            guard usesFlops(side, subject), let value = weight(side, subject), value > 1 else { return [] }
            return [PreflightFinding("regularizer-range", .warning, "\(side)_regularizer_weight is \(value.general()); from there every weight of an "
                + "embedding mostly becomes zero, which nothing can bring back", fix: "weights between 1e-6 and 1e-1 work; start with 3e-5")]
        }
    }

    /// Scalar products of weights are far from the range of cosines.
    static func similarityScale(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard subject.model.kind == "SparseEncoder", let scale = subject.innerLossConfiguration["scale"]?.asNumber,
              let similarity = subject.innerLossConfiguration["similarity_fct"]?.asString, subject.innerLossName.contains("MultipleNegatives")
        else { return [] }
        if similarity == "dot_score", scale > 4 {
            return [PreflightFinding("similarity-scale", .warning, "scalar products of sparse embeddings are multiplied by \(scale.general()); they "
                + "reach 10 and more by themselves, so the softmax is saturated and its gradient vanishes", fix: "use scale = 1, the default")]
        }
        if similarity == "cos_sim", scale < 5 {
            return [PreflightFinding("similarity-scale", .warning, "cosines are multiplied by \(scale.general()) only, so that a right answer can "
                + "hardly stand out in the softmax", fix: "use scale = 20 with cosines, or the scalar product with scale = 1")]
        }
        return []
    }

    static func ramp(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard splade.contains(subject.lossName), let ratio = subject.regularizerWarmupRatio, let steps = subject.plan?.maxSteps, steps > 10 else {
            return []
        }
        guard ratio > 0.8 else { return [] }
        return [PreflightFinding("regularizer-ramp", .warning, "the regularizer weights rise until step \(Int(Double(steps) * ratio)) of \(steps), so "
            + "the model hardly trains under their full value and ends less sparse than it could be", fix: "use warmup_ratio = 1/3")]
    }

    /// A score alone prefers the densest checkpoint.
    static func metric(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard splade.contains(subject.lossName), subject.arguments.loadBestModelAtEnd, let ratio = subject.regularizerWarmupRatio,
              let plan = subject.plan, Double(plan.evalSteps) < Double(plan.maxSteps) * ratio else { return [] }
        return [PreflightFinding("best-is-dense", .note, "checkpoints from before step \(Int(Double(plan.maxSteps) * ratio)) are measured while the "
            + "regularizers are still weak, and the best by score may be one of them", fix: "look at the active dimensions of the verdict, or "
            + "evaluate less often")]
    }
}

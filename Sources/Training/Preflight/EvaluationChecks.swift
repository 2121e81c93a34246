import TextFormat

/// Whether evaluations can happen, write the metric that is waited for, and meet the checkpoints.
enum EvaluationChecks {
    static let all: [Preflight.Check] = [nothingToEvaluate, notEvaluated, evaluatorNames, metricKey, saveSteps, bestBetweenSaves,
                                            earlyStopping]

    private static func hasSomething(_ subject: PreflightSubject) -> Bool { subject.hasEvaluator || !subject.lossKeys.isEmpty }

    static func nothingToEvaluate(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard !hasSomething(subject) else { return [] }
        if subject.arguments.evalStrategy != .no || subject.arguments.evalOnStart {
            return [PreflightFinding("nothing-to-evaluate", .error,
                "evaluation is on (eval_strategy = \"\(subject.arguments.evalStrategy.rawValue)\") "
                + "but there is neither an evaluator nor an eval_dataset", fix: "give the trainer one of them, or set eval_strategy = \"no\"")]
        }
        return [PreflightFinding("no-verdict", .warning, "there is neither an evaluator nor an eval_dataset, so nothing tells whether "
            + "training helped", fix: "give the trainer an evaluator")]
    }

    static func notEvaluated(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard hasSomething(subject), subject.arguments.evalStrategy == .no else { return [] }
        return [PreflightFinding("eval-off", .note, "eval_strategy is \"no\", so the model is measured before and after training only",
                                 fix: "set eval_strategy = \"steps\" and eval_steps = 0.1 to see it on the way")]
    }

    static func evaluatorNames(_ subject: PreflightSubject) -> [PreflightFinding] {
        let keys = subject.repeatedEvaluatorKeys
        guard !keys.isEmpty else { return [] }
        let listed = keys.prefix(6).map { "'\($0)'" }.joined(separator: ", ") + (keys.count > 6 ? ", ..." : "")
        return [PreflightFinding("evaluator-names", .warning, "several evaluators write \(listed), so that the last one hides what the others measure",
                                 fix: "give each evaluator a name of its own")]
    }

    static func metricKey(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard let key = subject.arguments.bestMetricKey, hasSomething(subject) else { return [] }
        var known = subject.lossKeys
        if subject.hasEvaluator {
            // An evaluator that cannot tell may write anything.
            guard let keys = subject.evaluatorKeys else { return [] }
            known += keys.map { $0.hasPrefix("eval_") ? $0 : "eval_" + $0 }
        }
        if known.contains(key) || key == "eval_runtime" { return [] }
        let nearest = nearestName(to: key, in: known, tolerance: max(3, key.count * 2 / 3)).map { "use '\($0)'" } ?? "use one of them"
        let listed = known.prefix(12).map { "'\($0)'" }.joined(separator: ", ") + (known.count > 12 ? ", ..." : "")
        return [PreflightFinding("metric-key", .error, "metric_for_best_model is '\(key)', which no evaluation writes; they write \(listed)",
            fix: nearest)]
    }

    /// Fractions are rounded up one by one, so multiples can be lost on the way to counts.
    static func saveSteps(_ subject: PreflightSubject) -> [PreflightFinding] {
        let arguments = subject.arguments
        guard arguments.loadBestModelAtEnd, arguments.evalStrategy == .steps, arguments.saveStrategy == .steps, let plan = subject.plan,
              plan.evalSteps > 0, plan.saveSteps % plan.evalSteps != 0, plan.saveSteps < plan.maxSteps else { return [] }
        return [PreflightFinding("save-steps", .error, "in this run of \(plan.maxSteps) steps, checkpoints come every \(plan.saveSteps) and "
            + "evaluations every \(plan.evalSteps), so the best checkpoint would not be on disk",
            fix: "set save_steps to the same value as eval_steps, or save_strategy = \"best\"")]
    }

    /// Where evaluations come more often than checkpoints, the best one may be of a step that is not saved.
    static func bestBetweenSaves(_ subject: PreflightSubject) -> [PreflightFinding] {
        let arguments = subject.arguments
        guard arguments.loadBestModelAtEnd, arguments.evalStrategy == .steps, arguments.saveStrategy == .steps, let plan = subject.plan,
              plan.evalSteps > 0, plan.saveSteps > plan.evalSteps, plan.maxSteps > plan.evalSteps,
              plan.saveSteps % plan.evalSteps == 0 || plan.saveSteps >= plan.maxSteps else { return [] }
        return [PreflightFinding("best-between-saves", .warning, "evaluations come every \(plan.evalSteps) steps and checkpoints every "
            + "\(plan.saveSteps) and at the end, so the best score may be of a step that is not saved; load_best_model_at_end then loads the best of "
            + "those that are", fix: "set save_steps to the same value as eval_steps, or save_strategy = \"best\"")]
    }

    static func earlyStopping(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard subject.callbackNames.contains("EarlyStoppingCallback"), !subject.arguments.loadBestModelAtEnd else { return [] }
        return [PreflightFinding("early-stopping", .warning, "EarlyStoppingCallback stops after the best point, and load_best_model_at_end is off, "
            + "so the model is left as it was at the stop", fix: "set load_best_model_at_end = true")]
    }
}

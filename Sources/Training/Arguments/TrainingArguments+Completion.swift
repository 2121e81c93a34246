import Evaluators

extension TrainingArguments {
    /// Fills in what follows from the evaluator: the metric that decides between checkpoints, and its direction.
    func completed(with evaluator: (any Evaluator)?, evalDatasets: [TrainingDataset]) -> TrainingArguments {
        var completed = self
        let decides = loadBestModelAtEnd || saveStrategy == .best
        if decides, metricForBestModel == nil { completed.metricForBestModel = evaluator?.primaryMetric ?? Self.lossKey(evalDatasets) }
        if greaterIsBetter == nil, let key = completed.bestMetricKey {
            if let evaluator, key == "eval_" + evaluator.primaryMetric || key == evaluator.primaryMetric {
                completed.greaterIsBetter = evaluator.greaterIsBetter
            } else {
                completed.greaterIsBetter = !key.hasSuffix("loss")
            }
        }
        return completed
    }

    /// The loss that decides: of a single dataset its own, of several the mean.
    private static func lossKey(_ datasets: [TrainingDataset]) -> String {
        datasets.count == 1 ? (datasets[0].name.map { "\($0)_loss" } ?? "loss") : "loss"
    }
}

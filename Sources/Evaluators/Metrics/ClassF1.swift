/// F1 scores of a classification into several classes.
public struct ClassF1: Equatable {
    /// Mean over classes that occur among labels or predictions.
    public let macro: Double
    /// Over all items at once, which is the accuracy.
    public let micro: Double
    /// Mean over classes, weighted by how often each is the label.
    public let weighted: Double

    /// - Parameters:
    ///   - labels: the class of each item.
    ///   - predictions: the predicted class of each item, as many.
    public init(labels: [Int], predictions: [Int]) {
        struct Count { var labelled = 0, predicted = 0, both = 0 }
        var classes: [Int: Count] = [:]
        for (label, prediction) in zip(labels, predictions) {
            classes[label, default: Count()].labelled += 1
            classes[prediction, default: Count()].predicted += 1
            if label == prediction { classes[label]?.both += 1 }
        }
        var sum = 0.0
        var weightedSum = 0.0
        var right = 0
        for (_, count) in classes.sorted(by: { $0.key < $1.key }) {
            // 2TP / (2TP + FP + FN); a class that occurs at all has a denominator above 0.
            let f1 = Double(2 * count.both) / Double(count.labelled + count.predicted)
            sum += f1
            weightedSum += f1 * Double(count.labelled)
            right += count.both
        }
        macro = sum / Double(max(1, classes.count))
        micro = Double(right) / Double(max(1, labels.count))
        weighted = weightedSum / Double(max(1, labels.count))
    }
}

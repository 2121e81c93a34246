import Glibc

/// Matthews' correlation of labels with predictions: 1 if they are the same, 0 if they have nothing to do with each other,
/// -1 if they are opposite. 0 where it is not defined: all labels, or all predictions, are the same.
public func matthewsCorrelation(labels: [Bool], predictions: [Bool]) -> Double {
    var counts = [[0.0, 0.0], [0.0, 0.0]]
    for (label, prediction) in zip(labels, predictions) { counts[label ? 1 : 0][prediction ? 1 : 0] += 1 }
    let (right, wrong) = (counts[1][1] * counts[0][0], counts[0][1] * counts[1][0])
    let positive = counts[1][0] + counts[1][1], negative = counts[0][0] + counts[0][1]
    let taken = counts[0][1] + counts[1][1], left = counts[0][0] + counts[1][0]
    let scale = sqrt(positive * negative) * sqrt(taken * left)
    return scale == 0 ? 0 : (right - wrong) / scale
}

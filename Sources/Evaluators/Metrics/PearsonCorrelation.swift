import Glibc

/// Pearson's correlation of two lists of equal length, at least 2; NaN if either is constant, for which it is not defined.
public func pearsonCorrelation(_ x: [Double], _ y: [Double]) -> Double {
    if x.allSatisfy({ $0 == x.first }) || y.allSatisfy({ $0 == y.first }) { return .nan }
    let deviationsX = unitDeviations(x)
    let deviationsY = unitDeviations(y)
    let correlation = zip(deviationsX, deviationsY).reduce(0) { $0 + $1.0 * $1.1 }
    // Two points lie on a line; more may pass 1 by rounding.
    return x.count == 2 ? correlation.rounded() : min(1, max(-1, correlation))
}

/// Deviations from the mean, scaled to length 1. Dividing by the largest first keeps squares from overflowing.
private func unitDeviations(_ values: [Double]) -> [Double] {
    let mean = values.reduce(0, +) / Double(values.count)
    let deviations = values.map { $0 - mean }
    let largest = deviations.reduce(0) { max($0, abs($1)) }
    let norm = largest * sqrt(deviations.reduce(0) { $0 + ($1 / largest) * ($1 / largest) })
    return deviations.map { $0 / norm }
}

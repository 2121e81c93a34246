/// What stands in the middle of several measurements.
public enum Median {
    /// The middle of the sorted values, or the mean of the two in the middle; nil without values.
    public static func of(_ values: [Double]) -> Double? {
        if values.isEmpty { return nil }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// The median of `numerators[i] / denominators[i]`, of measurements made one after the other; nil without any.
    /// What slows the machine for a while slows both of a pair, and so hardly changes their ratio.
    public static func ratio(of numerators: [Double], to denominators: [Double]) -> Double? {
        of(zip(numerators, denominators).map { $0 / $1 })
    }
}

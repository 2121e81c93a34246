import Tensors

/// How a group of numbers is written: whole, or with four decimals and a common power of ten.
struct NumberFormat {
    private let isWhole: Bool
    private let isTruth: Bool
    /// Values are divided by ten to this power.
    private let exponent: Int
    /// Characters of the longest number.
    private(set) var columnWidth = 0

    init(_ values: [Float], isWhole: Bool, isTruth: Bool = false) {
        let finite = values.filter(\.isFinite)
        let largest = finite.reduce(0) { max($0, abs($1)) }
        self.isWhole = isWhole || (!finite.isEmpty && finite.allSatisfy { $0 == $0.rounded() } && largest < 1e7)
        self.isTruth = isTruth
        var exponent = 0
        if !self.isWhole && (largest >= 1e5 || largest < 1e-2) && largest > 0 {
            var scaled = Double(largest)
            while scaled >= 10 { (scaled, exponent) = (scaled / 10, exponent + 1) }
            while scaled < 1 { (scaled, exponent) = (scaled * 10, exponent - 1) }
        }
        self.exponent = exponent
        columnWidth = values.reduce(0) { max($0, text($1).count) }
    }

    /// The common factor, to stand above the numbers; nil if it is 1.
    var scaleLine: String? { exponent == 0 ? nil : "1e\(exponent) *" }

    func text(_ value: Float) -> String {
        if isTruth { return value != 0 ? "true" : "false" }
        if value.isNaN { return "nan" }
        if value.isInfinite { return value > 0 ? "inf" : "-inf" }
        if isWhole { return value.magnitude < 0x1p63 ? "\(Int64(value))" : "\(value)" }
        return Self.decimals(Double(value) / Self.power(exponent))
    }

    /// One element, filled up with spaces on the left.
    func padded(_ element: Tensor) -> String {
        let word = element.dtype == .int64 ? "\(element.integers[0])" : text(element.dtype == .bool ? (element.booleans[0] ? 1 : 0) : element.floats[0])
        return String(repeating: " ", count: max(0, columnWidth - word.count)) + word
    }

    /// With four decimals, rounded to nearest.
    private static func decimals(_ value: Double) -> String {
        let scaled = Int64((value.magnitude * 10_000).rounded())
        let fraction = String(scaled % 10_000)
        return (value.sign == .minus && scaled != 0 ? "-" : "") + "\(scaled / 10_000)."
            + String(repeating: "0", count: 4 - fraction.count) + fraction
    }

    private static func power(_ exponent: Int) -> Double {
        (0..<abs(exponent)).reduce(1.0) { power, _ in exponent > 0 ? power * 10 : power / 10 }
    }
}

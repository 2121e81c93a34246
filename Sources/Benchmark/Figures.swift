import TextFormat

/// How measured numbers are written in tables.
package enum Figures {
    /// Three significant digits with a unit: `0.42 ms`, `51.3 ms`, `512 ms`, `3.44 s`.
    package static func seconds(_ value: Double) -> String {
        if !value.isFinite { return "" }
        return value < 0.9995 ? "\(threeDigits(value * 1000)) ms" : "\(threeDigits(value)) s"
    }

    package static func ratio(_ value: Double?) -> String { value.map { $0.isFinite ? threeDigits($0) : "" } ?? "" }

    package static func percent(_ share: Double?) -> String { share.map { "\((100 * $0).fixed(0)) %" } ?? "" }

    package static func mebibytes(_ value: Double?) -> String { value.map { $0 > 0 ? Int($0.rounded()).grouped : "" } ?? "" }

    package static func threeDigits(_ value: Double) -> String {
        // By the rounded value: 9.996 has three digits as 10.0.
        for decimals in [2, 1] where abs(value) < (decimals == 2 ? 9.995 : 99.95) { return value.fixed(decimals) }
        return Int(value.rounded()).grouped
    }
}

import Glibc

/// Numbers as text for logs and records.
enum DecimalText {
    /// `value` with `places` digits after the point; `signed` puts a plus before positive ones.
    static func fixed(_ value: Double, _ places: Int, signed: Bool = false) -> String {
        formatted(value, signed ? "%+.\(places)f" : "%.\(places)f")
    }

    /// `value` with `digits` significant digits, in the shorter of plain and scientific notation.
    static func general(_ value: Double, _ digits: Int = 4) -> String { formatted(value, "%.\(digits)g") }

    /// A time span as `SS`, `MM:SS` or `H:MM:SS`.
    static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite else { return "--:--" }
        let whole = Int(max(0, seconds))
        let pair: (Int) -> String = { $0 < 10 ? "0\($0)" : "\($0)" }
        return whole >= 3600 ? "\(whole / 3600):\(pair(whole / 60 % 60)):\(pair(whole % 60))" : "\(pair(whole / 60)):\(pair(whole % 60))"
    }

    private static func formatted(_ value: Double, _ format: String) -> String {
        withVaList([value]) { arguments in
            var buffer = [CChar](repeating: 0, count: 400)
            vsnprintf(&buffer, buffer.count, format, arguments)
            return String(cString: buffer)
        }
    }
}

import Glibc

/// Numbers as text for logs and records.
enum DecimalText {
    /// `value` with `digits` significant digits, in the shorter of plain and scientific notation.
    static func general(_ value: Double, _ digits: Int = 4) -> String {
        // The sign of what is no number means nothing.
        if value.isNaN { return "nan" }
        return withVaList([Int32(digits), value]) { arguments in
            var buffer = [CChar](repeating: 0, count: 32 + max(0, digits))
            vsnprintf(&buffer, buffer.count, "%.*g", arguments)
            return String(cString: buffer)
        }
    }

    /// A time span as `MM:SS` or `H:MM:SS`.
    static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite else { return "--:--" }
        let whole = Int(max(0, seconds))
        let pair: (Int) -> String = { $0 < 10 ? "0\($0)" : "\($0)" }
        return whole >= 3600 ? "\(whole / 3600):\(pair(whole / 60 % 60)):\(pair(whole % 60))" : "\(pair(whole / 60)):\(pair(whole % 60))"
    }
}

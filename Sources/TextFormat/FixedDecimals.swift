import Glibc

extension Double {
    /// The number with `decimals` digits after the point, such as `0.3830`; `nan`, `inf` and `-inf` as such.
    package func fixed(_ decimals: Int) -> String {
        // The sign of what is no number means nothing.
        if isNaN { return "nan" }
        return withVaList([Int32(decimals), self]) { arguments in
            // The largest double has 309 digits before the point.
            var buffer = [CChar](repeating: 0, count: 330 + max(0, decimals))
            vsnprintf(&buffer, buffer.count, "%.*f", arguments)
            return String(cString: buffer)
        }
    }
}

extension Int {
    /// The number with commas between groups of three digits, such as `100,231`.
    package var grouped: String {
        var text = ""
        for (position, digit) in String(magnitude).reversed().enumerated() {
            if position > 0 && position % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (self < 0 ? "-" : "") + String(text.reversed())
    }
}

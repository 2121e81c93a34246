import Glibc

extension Double {
    /// The number with `decimals` digits after the point, such as `0.3830`; `nan`, `inf` and `-inf` as such.
    package func fixed(_ decimals: Int) -> String { formatted("%.*f", decimals) }

    /// The number with `digits` significant digits, in the shorter of plain and scientific notation.
    package func general(_ digits: Int = 4) -> String { formatted("%.*g", digits) }

    /// The shortest text that gives the number again when it is read, such as `4.0`; `nan`, `inf` and `-inf` as such.
    package var shortest: String { isNaN ? "nan" : "\(self)" }

    /// The number itself, and the one NaN without a sign for any other: the sign means nothing, but texts would show it.
    package var withoutSignOfNaN: Double { isNaN ? .nan : self }

    private func formatted(_ format: String, _ digits: Int) -> String {
        // The sign of what is no number means nothing.
        if isNaN { return "nan" }
        return withVaList([Int32(digits), self]) { arguments in
            // The largest double has 309 digits before the point.
            var buffer = [CChar](repeating: 0, count: 330 + Swift.max(0, digits))
            vsnprintf(&buffer, buffer.count, format, arguments)
            return String(cString: buffer)
        }
    }

    /// Seconds as `MM:SS` or `H:MM:SS`.
    package var clock: String {
        guard isFinite else { return "--:--" }
        let whole = Int(Swift.max(0, self))
        let pair: (Int) -> String = { $0 < 10 ? "0\($0)" : "\($0)" }
        let minutes = "\(pair(whole / 60 % 60)):\(pair(whole % 60))"
        return whole >= 3600 ? "\(whole / 3600):\(minutes)" : minutes
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

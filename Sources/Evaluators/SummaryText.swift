import Glibc

extension Double {
    /// The number with `decimals` digits after the point, such as `0.3830`.
    func fixed(_ decimals: Int) -> String {
        withVaList([Int32(decimals), self]) { arguments in
            var buffer = [CChar](repeating: 0, count: 400)
            vsnprintf(&buffer, buffer.count, "%.*f", arguments)
            return String(cString: buffer)
        }
    }
}

extension String {
    /// The text with spaces after it, at least `width` characters.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

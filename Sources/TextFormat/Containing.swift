extension StringProtocol {
    /// Whether another text stands somewhere in this one, compared byte by byte in UTF-8. An empty text stands in every text.
    public func contains(_ text: String) -> Bool {
        let whole = Array(utf8), part = Array(text.utf8)
        guard let first = part.first else { return true }
        guard whole.count >= part.count else { return false }
        return (0...(whole.count - part.count)).contains { start in
            whole[start] == first && whole[start..<(start + part.count)].elementsEqual(part)
        }
    }

    /// The text with each `old`, which is not empty, replaced, from left to right.
    public func replacing(_ old: String, with new: String) -> String {
        let whole = Array(utf8), part = Array(old.utf8)
        var result: [UInt8] = [], position = 0
        while position < whole.count {
            if !part.isEmpty, whole[position...].starts(with: part) {
                result += new.utf8
                position += part.count
            } else {
                result.append(whole[position])
                position += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

/// Whether the lines of a chunk so far may be a whole one, found out without compiling them again at each line.
///
/// It follows brackets, blocks, long strings and comments. While one is open, or where the last word cannot be the end, the chunk
/// goes on; compiling it could only find a mistake earlier, so that is done for short chunks, and each time a long one has
/// doubled.
struct ChunkProgress {
    private enum Opener { case bracket(UInt8), block, repeatBlock }

    /// What goes on in the next line.
    private enum Inside {
        case code
        /// A string in quotes, whose line break is escaped.
        case quoted(UInt8)
        /// A long string or comment with so many `=` in its brackets.
        case long(level: Int)
    }

    private var inside = Inside.code
    private var open: [Opener] = []
    /// Something does not fit; the compiler says what.
    private var isOdd = false
    private var lastWord = ""
    private var byteCount = 0
    private var nextAttempt = 4096

    /// - Parameter line: the next line, without its newline.
    /// - Returns: whether the lines so far should be compiled.
    mutating func isWorthCompiling(after line: String) -> Bool {
        byteCount += line.utf8.count + 1
        var text = line
        text.withUTF8 { read($0) }
        guard byteCount > nextAttempt else { return true }
        if case .code = inside, open.isEmpty, !Self.cannotEnd.contains(lastWord) { return true }
        if isOdd { return true }
        guard byteCount > 2 * nextAttempt else { return false }
        nextAttempt = byteCount
        return true
    }

    /// Words and signs behind which something has to follow.
    private static let cannotEnd: Set<String> = [
        "+", "-", "*", "/", "%", "^", "#", "&", "~", "|", "<", "=", ",", "and", "or", "not", "local", "goto", "until",
    ]

    private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) {
        var position = 0
        while position < bytes.count {
            switch inside {
            case .long(let level):
                guard let end = Self.end(ofLevel: level, bytes, from: position) else { return }
                (inside, position) = (.code, end)
                continue
            case .quoted(let quote):
                position = string(bytes, from: position, quote)
                continue
            case .code: break
            }
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "-") where Self.byte(bytes, position + 1) == byte:
                guard let level = Self.level(bytes, at: position + 2) else { return }
                (inside, position) = (.long(level: level), position + level + 4)
            case UInt8(ascii: "["):
                if let level = Self.level(bytes, at: position) {
                    (inside, lastWord) = (.long(level: level), "]")
                    position += level + 2
                } else {
                    begin(.bracket(byte), "[")
                    position += 1
                }
            case UInt8(ascii: "("), UInt8(ascii: "{"):
                begin(.bracket(byte), "(")
                position += 1
            case UInt8(ascii: ")"), UInt8(ascii: "}"), UInt8(ascii: "]"):
                endBracket(byte)
                position += 1
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                lastWord = "\""
                position = string(bytes, from: position + 1, byte)
            case _ where Self.isName(byte):
                let start = position
                while position < bytes.count, Self.isName(bytes[position]) { position += 1 }
                word(String(decoding: bytes[start..<position], as: UTF8.self))
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): position += 1
            default:
                lastWord = String(UnicodeScalar(byte))
                position += 1
            }
        }
    }

    private mutating func begin(_ opener: Opener, _ word: String) {
        open.append(opener)
        lastWord = word
    }

    private mutating func endBracket(_ byte: UInt8) {
        lastWord = ")"
        if case .bracket(let opener)? = open.popLast() {
            // In ASCII an opening bracket stands one or two places before its closing one.
            if byte == opener + (opener == UInt8(ascii: "(") ? 1 : 2) { return }
        }
        isOdd = true
    }

    private mutating func word(_ word: String) {
        lastWord = word
        switch word {
        // The `do` of a loop belongs to the block that the loop's first word began.
        case "function", "if", "for", "while": open.append(.block)
        case "do": if !isLoopHead { open.append(.block) }
        case "repeat": open.append(.repeatBlock)
        case "end": if case .block? = open.popLast() {} else { isOdd = true }
        case "until": if case .repeatBlock? = open.popLast() {} else { isOdd = true }
        default: break
        }
        if word == "for" || word == "while" { loopHeads.append(open.count) }
    }

    /// The depths of loops whose `do` has not come yet.
    private var loopHeads: [Int] = []

    /// Whether a `do` here belongs to a loop.
    private var isLoopHead: Bool {
        mutating get {
            guard loopHeads.last == open.count else { return false }
            loopHeads.removeLast()
            return true
        }
    }

    /// Behind a string in quotes, or at the end of the line: it goes on where the line break is escaped, by `\` or by `\z`, and is a
    /// mistake elsewhere.
    private mutating func string(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int, _ quote: UInt8) -> Int {
        inside = .code
        var position = start, isEscaped = false
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\\") {
                isEscaped = position + 1 >= bytes.count || bytes[position + 1] == UInt8(ascii: "z")
                position += 2
            } else if byte == quote {
                return position + 1
            } else {
                if byte != UInt8(ascii: " "), byte != UInt8(ascii: "\t") { isEscaped = false }
                position += 1
            }
        }
        if isEscaped { inside = .quoted(quote) } else { isOdd = true }
        return bytes.count
    }

    private static func byte(_ bytes: UnsafeBufferPointer<UInt8>, _ position: Int) -> UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    /// The count of `=` in the long bracket that opens at a place; nil if none does.
    private static func level(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> Int? {
        guard byte(bytes, position) == UInt8(ascii: "[") else { return nil }
        var end = position + 1
        while byte(bytes, end) == UInt8(ascii: "=") { end += 1 }
        return byte(bytes, end) == UInt8(ascii: "[") ? end - position - 1 : nil
    }

    /// Behind the closing long bracket of a level; nil if it is not on this line.
    private static func end(ofLevel level: Int, _ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var position = start
        while position + level + 1 < bytes.count {
            if bytes[position] == UInt8(ascii: "]"), bytes[position + level + 1] == UInt8(ascii: "]"),
               bytes[(position + 1)..<(position + 1 + level)].allSatisfy({ $0 == UInt8(ascii: "=") }) {
                return position + level + 2
            }
            position += 1
        }
        return nil
    }

    private static func isName(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}

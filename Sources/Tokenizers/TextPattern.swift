/// What `Split` and `Replace` look for.
enum TextPattern: Sendable {
    /// These bytes.
    case literal([UInt8])
    case expression(RegularExpression)

    /// Reads `{"String": ...}` or `{"Regex": ...}`.
    init(_ member: ComponentReader) throws {
        let expression = member["Regex"]
        if expression.isMissing {
            self = .literal(Array(try member["String"].string().utf8))
            return
        }
        do {
            self = .expression(try RegularExpression(try expression.string()))
        } catch let problem as ExpressionProblem {
            throw expression.problem(problem.text)
        }
    }

    /// The matches within `range` of `text`, in order, without overlap.
    func matches(in text: [UInt8], _ range: Range<Int>) -> [Range<Int>] {
        switch self {
        case .literal(let bytes): return Self.occurrences(of: bytes, in: text, range)
        case .expression(let expression): return expression.matches(in: text, range)
        }
    }

    private static func occurrences(of bytes: [UInt8], in text: [UInt8], _ range: Range<Int>) -> [Range<Int>] {
        guard let first = bytes.first else { return [] }
        var found: [Range<Int>] = []
        var index = range.lowerBound
        while index + bytes.count <= range.upperBound {
            if text[index] == first && text[index..<(index + bytes.count)].elementsEqual(bytes) {
                found.append(index..<(index + bytes.count))
                index += bytes.count
            } else {
                index += 1
            }
        }
        return found
    }
}

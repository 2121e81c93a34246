/// Lower case by the context-free full mapping of Unicode.
enum LetterCase {
    /// `text` (UTF-8) in lower case.
    static func lower(_ text: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            let (value, width) = UTF8Text.scalar(text, index)
            appendLower(value, to: &output)
            index += width
        }
        return output
    }

    /// Appends the lower case of one scalar.
    static func appendLower(_ value: UInt32, to output: inout [UInt8]) {
        let single = singles[value]
        if single != several {
            UTF8Text.append(single, to: &output)
        } else {
            for scalar in Unicode.Scalar(value)!.properties.lowercaseMapping.unicodeScalars {
                UTF8Text.append(scalar.value, to: &output)
            }
        }
    }

    private static let several: UInt32 = .max
    private static let singles = ScalarTable<UInt32> {
        let mapping = $0.properties.lowercaseMapping.unicodeScalars
        return mapping.count == 1 ? mapping.first!.value : several
    }
}

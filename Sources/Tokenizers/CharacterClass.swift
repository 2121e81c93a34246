/// The properties of a Unicode scalar that tokenizers ask for.
///
/// The libraries that define these tokenizers carry Unicode tables of different years, and the ids of a model depend on
/// them: a character that was added to Unicode later is plain text for them. Therefore each property has the Unicode
/// version up to which characters count; the characters whose category changed since are listed.
struct CharacterClass: OptionSet {
    let rawValue: UInt32

    init(rawValue: UInt32) { self.rawValue = rawValue }

    /// White space: the Unicode property White_Space.
    static let whitespace = CharacterClass(rawValue: 1)
    /// What BERT's cleaning removes: controls except tab, line feed and carriage return; formats; private use; U+FFFD.
    static let removedByBert = CharacterClass(rawValue: 2)
    /// General category Mn in Unicode 8.
    static let nonspacingMark = CharacterClass(rawValue: 4)
    /// General categories Mn, Mc and Me in Unicode 9.
    static let combiningMark = CharacterClass(rawValue: 8)
    /// ASCII punctuation and symbols, and the general categories P* in Unicode 8.
    static let punctuation = CharacterClass(rawValue: 16)
    /// General categories Nd, Nl and No.
    static let numeric = CharacterClass(rawValue: 32)
    /// Word characters by the Unicode standard (UTS 18), Unicode 16: what must not adjoin an added token that is a single
    /// word, and what the `Whitespace` pre-tokeniser joins.
    static let word = CharacterClass(rawValue: 64)
    /// The `\p{L}` of regular expressions, Unicode 16.
    static let letter = CharacterClass(rawValue: 128)
    /// The `\p{N}` of regular expressions, Unicode 16.
    static let number = CharacterClass(rawValue: 256)
    /// The ideographs that BERT sets apart with spaces.
    static let ideograph = CharacterClass(rawValue: 512)
    /// The `\p{M}` of regular expressions, Unicode 16.
    static let mark = CharacterClass(rawValue: 1024)
    /// The `\p{Ll}` of regular expressions, Unicode 16.
    static let lower = CharacterClass(rawValue: 4096)
    /// The `\p{Lu}`, `\p{Lt}`, `\p{Lm}` and `\p{Lo}` of regular expressions, Unicode 16.
    static let upper = CharacterClass(rawValue: 2048), title = CharacterClass(rawValue: 131072)
    static let modifierLetter = CharacterClass(rawValue: 262144), otherLetter = CharacterClass(rawValue: 8192)
    /// The `\p{P}` of regular expressions, Unicode 16.
    static let modernPunctuation = CharacterClass(rawValue: 16384)
    /// The `\p{S}` of regular expressions, Unicode 16.
    static let symbol = CharacterClass(rawValue: 32768)

    /// The `\w` of regular expressions in tokenizer files, Unicode 16: without the joiners, with the superscript digits and
    /// fractions of Latin-1.
    static let expressionWord = CharacterClass(rawValue: 524288)
    /// The `\d` of regular expressions: general category Nd, Unicode 16.
    static let decimalDigit = CharacterClass(rawValue: 65536)

    /// The classes of every scalar.
    static let of = ScalarTable<CharacterClass> { CharacterClass($0) }

    private init(_ scalar: Unicode.Scalar) {
        let properties = scalar.properties
        let age = properties.age.map { $0.major } ?? 0
        let category = properties.generalCategory
        var found: CharacterClass = []

        if properties.isWhitespace { found.insert(.whitespace) }
        if Self.isRemovedByBert(scalar, category) && age <= 8 { found.insert(.removedByBert) }
        if scalar == "\u{0}" || scalar == "\u{FFFD}" { found.insert(.removedByBert) }
        if Self.isNonspacingMark(scalar, category) && age <= 8 { found.insert(.nonspacingMark) }
        if Self.isMark(category) && age <= 9 && scalar.value != 0x111C9 { found.insert(.combiningMark) }
        if scalar.value == 0x1CF2 || scalar.value == 0x1CF3 { found.insert(.combiningMark) }
        if Self.isPunctuation(category) && age <= 8 { found.insert(.punctuation) }
        if Self.isPunctuationASCII(scalar) || scalar.value == 0x166D || scalar.value == 0x111C9 { found.insert(.punctuation) }
        if Self.isNumber(category) { found.insert(.numeric) }
        if Self.isIdeograph(scalar.value) { found.insert(.ideograph) }
        if age <= 16 { found.formUnion(Self.expressionClasses(properties)) }
        if found.contains(.word) && !properties.isJoinControl || Self.isLatinFractionOrSuperscript(scalar.value) {
            found.insert(.expressionWord)
        }
        self = found
    }

    private static func expressionClasses(_ properties: Unicode.Scalar.Properties) -> CharacterClass {
        let category = properties.generalCategory
        var found: CharacterClass = []
        switch category {
        case .lowercaseLetter: found = [.letter, .lower]
        case .uppercaseLetter: found = [.letter, .upper]
        case .titlecaseLetter: found = [.letter, .title]
        case .modifierLetter: found = [.letter, .modifierLetter]
        case .otherLetter: found = [.letter, .otherLetter]
        case .decimalNumber: found = [.number, .word, .decimalDigit]
        case .letterNumber, .otherNumber: found = [.number]
        case .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol: found = [.symbol]
        case .connectorPunctuation: found = [.modernPunctuation, .word]
        default:
            if isMark(category) { found = [.mark, .word] }
            if isPunctuation(category) { found = [.modernPunctuation] }
        }
        if properties.isAlphabetic || properties.isJoinControl { found.insert(.word) }
        return found
    }

    private static func isRemovedByBert(_ scalar: Unicode.Scalar, _ category: Unicode.GeneralCategory) -> Bool {
        switch category {
        case .control: return !(scalar == "\t" || scalar == "\n" || scalar == "\r")
        case .format, .privateUse: return true
        default: return false
        }
    }

    private static func isNonspacingMark(_ scalar: Unicode.Scalar, _ category: Unicode.GeneralCategory) -> Bool {
        switch scalar.value {
        case 0x1734, 0x1171E: return true
        case 0x1885, 0x1886, 0xA9BD, 0x111C9: return false
        default: return category == .nonspacingMark
        }
    }

    private static func isMark(_ category: Unicode.GeneralCategory) -> Bool {
        category == .nonspacingMark || category == .spacingMark || category == .enclosingMark
    }

    private static func isNumber(_ category: Unicode.GeneralCategory) -> Bool {
        category == .decimalNumber || category == .letterNumber || category == .otherNumber
    }

    private static func isPunctuation(_ category: Unicode.GeneralCategory) -> Bool {
        switch category {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
             .finalPunctuation, .otherPunctuation: return true
        default: return false
        }
    }

    private static func isPunctuationASCII(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: return true
        default: return false
        }
    }

    private static func isLatinFractionOrSuperscript(_ value: UInt32) -> Bool {
        switch value {
        case 0xB2, 0xB3, 0xB9, 0xBC...0xBE: return true
        default: return false
        }
    }

    private static func isIdeograph(_ value: UInt32) -> Bool {
        switch value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
             0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F: return true
        default: return false
        }
    }
}

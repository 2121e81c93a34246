import Files
import JSON
import Tokenizers

/// Regular expressions of tokenizer files, on texts that are hard for them. The first line is the expression, the rest the text.
final class RegularExpressionKind: FuzzKind {
    static let name = "regex"
    static let summary = "regular expressions of tokenizers"

    private let workspace: String

    init(workspace: String) { self.workspace = workspace }

    private static let patterns = [
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#,
        #"'s|'t| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#, #"\s+"#, " ", #"[a-z]+|[^a-z]"#, #"(a|b)*c"#, #"\bcat\b"#, "^a+$", #"(?:x{2,5}?|y*+)z"#,
    ]
    private static let words = [
        "(", ")", "(?:", "(?=", "(?!", "(?i)", "[", "]", "[^", "{2,5}", "{1000}", "{0,100000}", "*", "+", "?", "*?", "++", "|", "^", "$", ".", "\\", "\\s", "\\S",
        "\\w", "\\d", "\\b", "\\p{L}", "\\p{N}", "\\P{Lu}", "\\x{1F600}", "\\u0041", "&&", "[a-z&&[^b]]", "(?<=a)", "(?>a+)", "\\1", "(a+)+", "(a|a)*", "((a*)*)*",
        "-", "a-z", "\u{10FFFF}",
    ]

    func seeds() -> [[UInt8]] { Self.patterns.map { Array(($0 + "\nThe cat's 1234 dogs, isn't it?  \t\n aaaaaaaaab").utf8) } }

    /// An expression over two letters, in which repeats stand in repeats, on a text of these letters: where ways of matching multiply.
    private func ambiguous(_ random: inout RandomSource) -> [UInt8] {
        func expression(_ depth: Int) -> String {
            if depth == 0 { return random.pick(["a", "b", "ab", ".", "[ab]", "\\w", "a?", ""]) }
            let inner = expression(depth - 1)
            switch random.below(6) {
            case 0: return "(?:\(inner)|\(expression(depth - 1)))"
            case 1: return inner + expression(depth - 1)
            case 2: return random.pick(["(?=", "(?!", "(?>"]) + inner + ")"
            default: return "(?:\(inner))" + random.pick(["*", "+", "*?", "+?", "{2,}", "{1,30}", "?", "*+"])
            }
        }
        let end = random.pick(["c", "$", "b", ""]), pattern = (0..<(1 + random.below(2))).map { _ in expression(1 + random.below(4)) }.joined()
        let letters = (0..<(20 + random.below(200))).map { _ in random.once(in: 6) ? "b" : "a" }.joined()
        return Array((pattern + end + "\n" + letters + random.pick(["", "!", "c"])).utf8)
    }

    func mutated(_ input: [UInt8], _ random: inout RandomSource) -> [UInt8] {
        if random.once(in: 3) { return ambiguous(&random) }
        let end = input.firstIndex(of: 10) ?? input.count
        var pattern = Array(input[..<end]), text = Array(input[min(end + 1, input.count)...])
        if random.once(in: 4) {
            let letters = random.pick(["a", "ab", "x", " ", "\n", "\u{1F600}", "ß", "\u{301}", "aB1 "])
            text = Array((String(repeating: letters, count: random.count(upTo: 4000)) + random.pick(["", "!", "c"])).utf8)
        } else {
            for _ in 0..<random.count(upTo: 4) {
                if random.once(in: 5) {
                    let piece = Array(random.pick(["(", "(?:", "[", "a*", "(a|", "\\p{L}"]).utf8)
                    pattern.insert(contentsOf: [[UInt8]](repeating: piece, count: random.count(upTo: 3000)).joined(), at: random.below(pattern.count + 1))
                } else {
                    pattern = ByteMutation.mutated(pattern, words: Self.words, &random)
                }
            }
            pattern.removeAll { $0 == 10 }
        }
        return Array((pattern + [10] + text).prefix(ByteMutation.longest))
    }

    func attempt(_ input: [UInt8]) throws {
        let end = input.firstIndex(of: 10) ?? input.count
        let pattern = String(decoding: input[..<end], as: UTF8.self), text = String(decoding: input[min(end + 1, input.count)...], as: UTF8.self)
        let expression: JSONValue = ["Regex": .string(pattern)]
        let tokenizer: JSONValue = [
            "added_tokens": [], "normalizer": ["type": "Replace", "pattern": expression, "content": "x"],
            "pre_tokenizer": ["type": "Split", "pattern": expression, "behavior": "Isolated", "invert": false],
            "model": ["type": "WordLevel", "unk_token": "u", "vocab": ["u": 0, "a": 1, "x": 2]],
        ]
        let folder = Path.join(workspace, "folder")
        try Folder.create(folder)
        try PlainFile.write(Array(tokenizer.serialized().utf8), to: Path.join(folder, "tokenizer.json"))
        try TokenizerCheck.use(Tokenizer(folder: folder), texts: [text, "The cat's 12 dogs", ""])
    }
}

import Files
import JSON
import Tokenizers

/// `tokenizer.json` of every kind, with `tokenizer_config.json` and `special_tokens_map.json`.
final class TokenizerKind: FuzzKind {
    static let name = "tokenizer"
    static let summary = "tokenizer.json of every kind of model, with its normalizers, pre-tokenizers, post-processors and decoders"

    private let workspace: String
    private let source: String

    init(workspace: String) throws {
        self.workspace = workspace
        source = Path.join(workspace, "source")
        for (name, definition) in TinyTokenizer.all { try TinyTokenizer.write(definition, to: Path.join(source, name)) }
    }

    private static let names = TinyTokenizer.all.map(\.name)

    /// With the file itself, so that the engine has something to change.
    func seeds() throws -> [[UInt8]] {
        try Self.names.map { name in
            FolderInput(folder: name, files: [("tokenizer.json", try FileContents.read(Path.join(source, name) + "/tokenizer.json"))]).bytes
        }
    }

    func mutated(_ input: [UInt8], _ random: inout RandomSource) -> [UInt8] {
        FolderInput(input).mutated(&random, from: source) { _, bytes, random in JSONMutation.mutated(bytes, words: TinyTokenizer.words, &random) }.bytes
    }

    func attempt(_ input: [UInt8]) throws {
        let folder = Path.join(workspace, "folder")
        try FolderInput(input).write(to: folder, from: source, names: Self.names)
        try TokenizerCheck.use(Tokenizer(folder: folder), savesTo: Path.join(workspace, "saved"))
    }
}

/// BERT's `vocab.txt`, with the settings beside it.
final class VocabularyKind: FuzzKind {
    static let name = "vocab"
    static let summary = "vocab.txt of BERT tokenizers"

    private let workspace: String
    private let source: String

    init(workspace: String) throws {
        self.workspace = workspace
        source = Path.join(workspace, "source")
        let folder = Path.join(source, "bert")
        try Folder.create(folder)
        try PlainFile.write(Array(TinyTokenizer.wordPieces.joined(separator: "\n").utf8), to: Path.join(folder, "vocab.txt"))
        try PlainFile.write(Array(#"{"do_lower_case": true, "model_max_length": 64, "unk_token": "[UNK]"}"#.utf8), to: Path.join(folder, "tokenizer_config.json"))
    }

    func seeds() throws -> [[UInt8]] {
        [FolderInput(folder: "bert", files: [("vocab.txt", try FileContents.read(Path.join(source, "bert/vocab.txt")))]).bytes]
    }

    func mutated(_ input: [UInt8], _ random: inout RandomSource) -> [UInt8] {
        FolderInput(input).mutated(&random, from: source) { name, bytes, random in
            name.hasSuffix(".json") ? JSONMutation.mutated(bytes, words: TinyTokenizer.words, &random) : LineMutation.mutated(bytes, &random) { line, random in
                ByteMutation.mutated(line, words: ["##", "[UNK]", "[CLS]", "\r", "\u{FEFF}", "\u{301}"], &random)
            }
        }.bytes
    }

    func attempt(_ input: [UInt8]) throws {
        let folder = Path.join(workspace, "folder")
        try FolderInput(input).write(to: folder, from: source, names: ["bert"])
        try TokenizerCheck.use(Tokenizer(folder: folder), savesTo: Path.join(workspace, "saved"))
    }
}

/// What can go wrong while a tokenizer is read or used.
public enum TokenizerError: Error, Equatable, CustomStringConvertible {
    /// The folder holds neither `tokenizer.json` nor `vocab.txt`.
    case noTokenizer(folder: String)
    /// A file exists but cannot be read or written.
    case fileAccess(path: String, reason: String)
    /// A file is not what it should be. `key` is the path of the offending JSON member, for example
    /// `normalizer.normalizers[1].type`; it is empty where the file as a whole is meant.
    case invalid(file: String, key: String, problem: String)
    /// The texts cannot be cut to the wanted length.
    case cannotTruncate(String)

    public var description: String {
        switch self {
        case .noTokenizer(let folder):
            return "no tokenizer in \(folder): expected tokenizer.json or, for a BERT vocabulary, vocab.txt; "
                + "save the tokenizer beside the model"
        case .fileAccess(let path, let reason): return "\(path): \(reason)"
        case .invalid(let file, let key, let problem):
            return key.isEmpty ? "\(file): \(problem)" : "\(file): \(key): \(problem)"
        case .cannotTruncate(let text): return text
        }
    }
}

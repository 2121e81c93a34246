import Datasets
import Files

/// Folders that a dataset was saved to.
final class SavedDatasetKind: FuzzKind {
    static let name = "dataset"
    static let summary = "saved datasets: dataset.json and rows.jsonl"

    private let workspace: String
    private let source: String
    private static let folders = ["texts", "numbers", "empty"]

    init(workspace: String) throws {
        self.workspace = workspace
        source = Path.join(workspace, "source")
        guard !Folder.exists(Path.join(source, "empty")) else { return }
        try Dataset(columns: [("text", [.string("a"), .null, .string("ß\n")]), ("tags", [.list([.string("x")]), .list([]), .null])])
            .save(to: Path.join(source, "texts"))
        try Dataset(columns: [("n", [.integer(1), .integer(.max)]), ("x", [.number(0.5), .number(-1e300)]), ("b", [.bool(true), .null])])
            .save(to: Path.join(source, "numbers"))
        try Dataset(columns: [("text", [])]).save(to: Path.join(source, "empty"))
    }

    func seeds() throws -> [[UInt8]] { Self.folders.map { FolderInput(folder: $0).bytes } }

    func mutated(_ input: [UInt8], _ random: inout RandomSource) -> [UInt8] {
        FolderInput(input).mutated(&random, from: source) { name, bytes, random in
            name == "dataset.json" ? JSONMutation.mutated(bytes, words: Self.words, &random)
                : LineMutation.mutated(bytes, &random) { JSONMutation.mutated($0, &$1) }
        }.bytes
    }

    private static let words = ["rows", "columns", "format", "version", "sentx-dataset", "int64", "float64", "string", "bool", "null", "list<string>",
                                "list<list<int64>>", String(repeating: "list<", count: 2000) + "string" + String(repeating: ">", count: 2000)]

    func attempt(_ input: [UInt8]) throws {
        let folder = Path.join(workspace, "folder")
        try FolderInput(input).write(to: folder, from: source, names: Self.folders)
        try DataFileCheck.use(Dataset.load(from: folder), workspace)
    }
}

import Datasets

/// Expressions such as `train[10%:20%]`, and the texts that name types of columns.
final class SplitKind: FuzzKind {
    static let name = "split"
    static let summary = "split expressions and names of column types"

    private let datasets: [Dataset]

    init(workspace: String) throws {
        datasets = try [0, 1, 2, 3, 100].map { count in try Dataset(columns: [("n", (0..<count).map { .integer(Int64($0)) })]) }
    }

    func seeds() -> [[UInt8]] {
        ["train", "train[:1000]", "train[10%:20%]", "[-500:]", "[:-1]", "test[1:2]", "[:]", "train[-100%:100%]"].map { Array($0.utf8) }
    }

    func mutated(_ input: [UInt8], _ random: inout RandomSource) -> [UInt8] {
        ByteMutation.mutated(input, words: ["[", ":", "]", "%", "-", "+", "list<", ">", "int64", "\u{661}"], &random)
    }

    func attempt(_ input: [UInt8]) throws {
        let text = String(decoding: input, as: UTF8.self)
        if let type = DatasetType(text), DatasetType(type.description) != type { throw WrongAnswer("the name of a type means another: \(text)") }
        let split = try SplitExpression(text)
        for dataset in datasets {
            let part = split.apply(to: dataset)
            let numbers = try part.column("n")
            guard numbers.count == part.rowCount, part.rowCount <= dataset.rowCount else { throw WrongAnswer("\(part.rowCount) rows of \(dataset.rowCount)") }
            for (a, b) in zip(numbers, numbers.dropFirst()) {
                guard case .integer(let a) = a, case .integer(let b) = b, b == a + 1 else { throw WrongAnswer("rows that do not follow one another") }
            }
        }
    }
}

import Datasets
import JSON
import Losses
import TestSupport
import Testing
import Tokenizers
import Benchmark

@Suite struct TextPoolTests {
    private func pool() throws -> (TextPool, Tokenizer) {
        let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "one", "two", "three", "four"]
        let folder = TemporaryFolder()
        _ = folder.write(words.joined(separator: "\n") + "\n", to: "vocab.txt")
        let tokenizer = try Tokenizer(folder: folder.path)
        return (try TextPool(pairs: [("one", "two", 5), ("three three", "four", 0)], tokenizer: tokenizer), tokenizer)
    }

    private func texts(_ cells: [DatasetValue]) -> [String] { cells.compactMap(\.asString) }

    @Test func thePoolBeginsAgainWhereItEnds() throws {
        let batch = try pool().0.batch(.pairs, rows: 3, unit: 1)
        #expect(batch.inputs.map(texts) == [["three three", "one", "three three"], ["four", "two", "four"]])
        #expect(batch.labels?.map(\.asDouble) == [0, 1, 0])
        #expect(try texts(pool().0.batch(.sentences, rows: 2, unit: 1).inputs[0]) == ["three three", "four"])
    }

    @Test func longTextsHaveTheTokensAskedFor() throws {
        let (pool, tokenizer) = try pool()
        let batch = try pool.batch(.longPairs(tokens: 9), rows: 4, unit: 2)
        for text in batch.inputs.flatMap(texts) {
            let count = try tokenizer.encode(text, options: EncodingOptions(addSpecialTokens: false)).ids.count
            #expect((9...10).contains(count))
        }
        #expect(batch.inputs.map(\.count) == [4, 4])
    }

    @Test func listsHaveALabelForEachDocument() throws {
        let batch = try pool().0.batch(.lists(3), rows: 2, unit: 0)
        #expect(batch.inputs[1].map { $0.asList?.count } == [3, 3])
        #expect(batch.labels?.map { $0.asList?.map(\.asDouble) } == [[1, 0, 0], [1, 0, 0]])
    }

    @Test func aBatchComesThroughAPipeUnchanged() throws {
        for texts in [Workload.Texts.pairs, .lists(2), .sentences] {
            let batch = try pool().0.batch(texts, rows: 2, unit: 0)
            let copy = try LossBatch(json: .parse(batch.json.serialized()))
            #expect(copy.inputs == batch.inputs)
            #expect(copy.prefix(1).inputs.map(\.count) == batch.inputs.map { _ in 1 })
        }
    }

    @Test func aDescriptionComesThroughAPipeUnchanged() throws {
        for workload in Workload.all {
            let description = WorkDescription(workload, model: "some/folder", precision: .bf16, threads: 2)
            #expect(try WorkDescription(json: .object(description.json)) == description)
        }
        #expect(throws: BenchmarkError.self) { try WorkDescription(json: ["task": "ranking"]) }
    }
}

import Encoders
import JSON
import Tensors
import Testing

/// Texts that contain the pad token itself: it has the padding position and does not count; see `make_padding_fixtures.py`.
struct PaddingTokenTests {
    @Test(arguments: [("roberta", "padding/roberta"), ("mpnet", "mpnet/sentence-transformer")])
    func embeddingsAreThoseOfTheReference(name: String, folder: String) throws {
        let expected = try Fixture.json("padding/expected.json")
        let model = try SentenceTransformer(path: Fixture.path(folder))
        let rows = try #require(expected[name]?.asArray).map { $0.asArray!.map { Float($0.asNumber!) } }
        let wanted = Tensor(rows.flatMap { $0 }, shape: [rows.count, rows[0].count])
        #expect(try largestDifference(model.encode(expected["texts"]!.asArray!.map { $0.asString! }), wanted) < 1e-5)
    }

    @Test func positionsLeaveItOut() {
        let batch = PackedBatch([([0, 5, 1, 6], [0, 0, 0, 0]), ([1, 1, 7], [0, 0, 0])])
        #expect(batch.positions(from: 2, padding: 1) == [2, 3, 1, 4, 1, 1, 2])
        #expect(batch.positions() == [0, 1, 2, 3, 0, 1, 2])
    }

    @Test func lengthsAboveThePositionsAreRefusedByOptionAndSetter() throws {
        let path = Fixture.path("padding/roberta"), model = try SentenceTransformer(path: path)
        #expect(model.maxSequenceLength == 38)
        try model.setMaxSequenceLength(20)
        for length in [39, 0, -1, .max] {
            let error = #expect(throws: ModelError.self) { try model.setMaxSequenceLength(length) }
            let same = #expect(throws: ModelError.self) {
                try SentenceTransformer(path: path, options: SentenceTransformerOptions(maxSequenceLength: length))
            }
            #expect("\(error!)" == "\(same!)" && "\(error!)".contains("\(length)"))
        }
        #expect(model.maxSequenceLength == 20)
    }
}

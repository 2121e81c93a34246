import Datasets
import Testing

@Suite struct RowTests {
    let data = try! Dataset(columns: [
        ("text", strings("d", "b", "a", "c", "b")), ("label", [.integer(4), .integer(2), .null, .integer(3), .integer(2)]),
    ])

    private func letters(_ data: Dataset) throws -> String { try data.column("text").map { $0.asString! }.joined() }

    @Test func rowsAreChosenByNumber() throws {
        let chosen = try data.select(rows: [4, 0, 0])
        #expect(try letters(chosen) == "bdd")
        #expect(try letters(chosen.select(rows: [1])) == "d")
        #expect(try chosen.row(1).map(\.name) == ["text", "label"])
        #expect(try chosen.row(1).map(\.value) == [.string("d"), .integer(4)])
        #expect(try chosen.value(row: 0, column: "label") == .integer(2))
        #expect(message { _ = try data.select(rows: [5]) } == "there is no row 6; the dataset has 5 rows")
        #expect(message { _ = try chosen.row(-1) } == "there is no row 0; the dataset has 3 rows")
        #expect(message { _ = try data.column("x") } == "there is no column \"x\"; columns are text, label")
    }

    @Test func rowsAreFilteredTakenAndSkipped() throws {
        #expect(try letters(data.filter { try data.value(row: $0, column: "text") == .string("b") }) == "bb")
        #expect(try letters(data.take(2)) == "db")
        #expect(try letters(data.skip(3)) == "cb")
        #expect(try letters(data.take(9)) == "dbacb")
        #expect(try letters(data.skip(9)) == "")
    }

    @Test func shardsCoverEveryRowOnce() throws {
        #expect(try (0..<3).map { try letters(data.shard(count: 3, index: $0)) } == ["db", "ac", "b"])
        #expect(try (0..<2).map { try letters(data.shard(count: 2, index: $0, contiguous: false)) } == ["dab", "bc"])
        #expect(message { _ = try data.shard(count: 2, index: 2) } == "there is no part 3 of 2")
    }

    @Test func sortingIsStableWithNullsLast() throws {
        #expect(try letters(data.sort("text")) == "abbcd")
        #expect(try data.sort("label").column("label") == [.integer(2), .integer(2), .integer(3), .integer(4), .null])
        #expect(try data.sort("label", descending: true).column("label") == [.integer(4), .integer(3), .integer(2), .integer(2), .null])
        let tied = try Dataset(columns: [("k", integers(1, 0, 1, 0)), ("n", integers(1, 2, 3, 4))])
        #expect(try tied.sort("k").column("n") == integers(2, 4, 1, 3))
        #expect(try tied.sort("k", descending: true).column("n") == integers(1, 3, 2, 4))
        let lists = try Dataset(columns: [("a", [.list([])])])
        #expect(message { _ = try lists.sort("a") } == "column \"a\" holds lists, which have no order")
    }

    @Test func shufflingIsAPermutationThatDependsOnTheSeedAlone() throws {
        let numbers = try Dataset(columns: [("n", (0..<1000).map { .integer($0) })])
        let first = try numbers.shuffle(seed: 12).column("n")
        #expect(first == (try numbers.shuffle(seed: 12).column("n")))
        #expect(first != (try numbers.shuffle(seed: 13).column("n")))
        #expect(Set(first).count == 1000)
        #expect(first != (try numbers.column("n")))
        // Any change of these numbers changes every seeded run of every user.
        #expect(try numbers.take(10).shuffle(seed: 12).column("n") == integers(9, 5, 2, 3, 1, 4, 8, 0, 6, 7))
    }

    @Test func everyPlaceIsEquallyLikely() throws {
        let numbers = try Dataset(columns: [("n", (0..<5).map { .integer($0) })])
        var counts = [[Int]](repeating: [0, 0, 0, 0, 0], count: 5)
        for seed in 0..<5000 as Range<UInt64> {
            for (place, value) in try numbers.shuffle(seed: seed).column("n").enumerated() { counts[place][Int(value.asDouble!)] += 1 }
        }
        // The standard deviation of a count is 28.
        #expect(counts.joined().allSatisfy { abs($0 - 1000) < 140 })
    }

    @Test(arguments: [
        (SplitSize.fraction(0.2), nil, 8, 2), (.fraction(0.25), nil, 7, 3), (nil, nil, 7, 3), (.count(4), nil, 6, 4),
        (nil, .count(4), 4, 6), (nil, .fraction(0.55), 5, 5), (.count(2), .count(3), 3, 2), (.fraction(0.31), .fraction(0.31), 3, 4),
    ] as [(SplitSize?, SplitSize?, Int, Int)])
    func splitsHaveTheSizesOfTheField(test: SplitSize?, train: SplitSize?, trainRows: Int, testRows: Int) throws {
        let numbers = try Dataset(columns: [("n", (0..<10).map { .integer($0) })])
        let split = try numbers.trainTestSplit(testSize: test, trainSize: train, seed: 3)
        #expect(split.train.rowCount == trainRows)
        #expect(split.test.rowCount == testRows)
        #expect(Set(try split.train.column("n") + split.test.column("n")).count == trainRows + testRows)
        let plain = try numbers.trainTestSplit(testSize: test, trainSize: train, shuffle: false)
        #expect(try plain.train.column("n") + plain.test.column("n") == (0..<Int64(trainRows + testRows)).map { .integer($0) })
    }

    @Test func impossibleSplitsAreRefused() throws {
        #expect(message { _ = try data.trainTestSplit(testSize: .count(5)) }
            == "test_size is 5, which must be above 0 and below the number of rows, 5")
        #expect(message { _ = try data.trainTestSplit(testSize: .fraction(1.5)) } == "test_size is 1.5, which must be above 0 and below 1")
        #expect(message { _ = try data.trainTestSplit(testSize: .count(3), trainSize: .count(3)) }
            == "train_size and test_size want 3 + 3 rows, the dataset has 5")
        #expect(message { _ = try data.take(1).trainTestSplit(testSize: .fraction(0.5)) }
            == "a split of 1 rows into 0 for training and 1 for testing leaves a side empty")
    }

    @Test(arguments: [("train", nil, nil), ("train[:2]", 0, 2), ("[1:3]", 1, 3), ("train[-2:]", 3, 5), ("test[20%:60%]", 1, 3),
                      ("[:100]", 0, 5), ("[4:2]", 4, 4), ("[-50%:]", 2, 5)] as [(String, Int?, Int?)])
    func splitExpressionsNameRows(text: String, from: Int?, to: Int?) throws {
        let expression = try SplitExpression(text)
        #expect(expression.name == (text.first == "[" ? nil : String(text.prefix { $0 != "[" })))
        #expect(try letters(expression.apply(to: data)) == String(Array("dbacb")[(from ?? 0)..<(to ?? 5)]))
    }

    @Test(arguments: ["", "train]", "train[", "train[1]", "train[a:b]", "[:200%]"]) func otherSplitExpressionsAreRefused(text: String) {
        #expect(message { _ = try SplitExpression(text) }.hasPrefix("split \"\(text)\" is not understood"))
    }
}

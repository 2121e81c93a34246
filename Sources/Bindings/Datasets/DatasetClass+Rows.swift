import Datasets
import LuaHost
import Tensors

extension DatasetClass {
    /// Methods that choose and reorder rows.
    static func addRowMethods(_ c: LuaClass<Dataset>) {
        c.method("select", doc: Doc("Rows by number, in the given order: a list of numbers, or the first and the last of a run.",
                                    parameters: [.init("rows", "list of integers, or first", "from 1"),
                                                 .init("last", "integer", optional: true, "with a first row: the last one")],
                                    returns: "Dataset", example: "ds:select { 3, 1 }   ds:select(1, 100)")) { dataset, call in
            if let first = call.value(1).asInteger {
                let last = try call.integer(2, default: first)
                for row in [first, last] where row < 1 || row > dataset.rowCount {
                    throw call.error("there is no row \(row); the dataset has \(dataset.rowCount) rows")
                }
                return .object(try dataset.select(rows: first <= last ? Array(first - 1..<last) : []))
            }
            return .object(try dataset.select(rows: call.integers(1).map { $0 &- 1 }))
        }
        c.method("filter", doc: Doc("The rows for which a function gives true.",
                                    parameters: [.init("function", "function", "gets a row as a table and its number")],
                                    returns: "Dataset", example: "ds:filter(function(row) return row.label == 1 end)")) { dataset, call in
            let function = try call.function(1)
            return .object(try dataset.filter { row in
                try function.callForOne([dataset.luaRow(row, call.state), .integer(row + 1)]).isTruthy
            })
        }
        c.method("shuffle", doc: Doc("The rows in random order. The same seed gives the same order on every machine.",
                                     parameters: [.init("seed", "integer or { seed = integer }", optional: true,
                                                        "without one, the generator of sentx.manual_seed gives it")],
                                     returns: "Dataset")) { dataset, call in
            if call.value(1).asInteger != nil { return .object(dataset.shuffle(seed: try seed(call.integer(1)))) }
            let options = try call.options(1)
            let number = try options.optionalInteger("seed")
            try options.finish()
            return .object(dataset.shuffle(seed: seed(number)))
        }
        c.method("sort", doc: Doc("The rows in ascending order of a column, empty cells last; equal rows keep their order.",
                                  parameters: [.init("name", "string", "the column")],
                                  options: [.init("reverse", "boolean", default: "false", "descending")],
                                  returns: "Dataset")) { dataset, call in
            let options = try call.options(2)
            let descending = try options.bool("reverse", default: false)
            try options.finish()
            return .object(try dataset.sort(call.string(1), descending: descending))
        }
        c.method("take", doc: Doc("The first rows.", parameters: [.init("count", "integer", "how many")], returns: "Dataset")) { dataset, call in
            .object(dataset.take(try call.integer(1)))
        }
        c.method("skip", doc: Doc("All rows but the first.", parameters: [.init("count", "integer", "how many to leave out")],
                                  returns: "Dataset")) { dataset, call in
            .object(dataset.skip(try call.integer(1)))
        }
        c.method("shard", doc: Doc("One of several parts of nearly equal size.", options: [
            .init("num_shards", "integer", "how many parts"), .init("index", "integer", "which one, from 1"),
            .init("contiguous", "boolean", default: "true", "neighbouring rows; false: every num_shards-th row"),
        ], returns: "Dataset")) { dataset, call in
            let options = try call.options(1)
            let (count, index) = (try options.integer("num_shards"), try options.integer("index"))
            let contiguous = try options.bool("contiguous", default: true)
            try options.finish()
            return .object(try dataset.shard(count: count, index: index &- 1, contiguous: contiguous))
        }
        c.method("train_test_split", doc: Doc("""
            Splits into two datasets without a common row, as fields train and test. A size is a number of rows, or a
            fraction below 1 (rounded up for test, down for train); what is not given is the rest.
            """, options: [
                .init("test_size", "number", default: "0.25", "rows or fraction for testing"),
                .init("train_size", "number", optional: true, "rows or fraction for training"),
                .init("seed", "integer", optional: true, "without one, the generator of sentx.manual_seed gives it"),
                .init("shuffle", "boolean", default: "true", "draw rows at random; false: train is the beginning"),
            ], returns: "{ train = Dataset, test = Dataset }")) { dataset, call in
            let options = try call.options(1)
            let (test, train) = (try size(options.slot("test_size")), try size(options.slot("train_size")))
            let number = try options.optionalInteger("seed")
            let shuffle = try options.bool("shuffle", default: true)
            try options.finish()
            let split = try dataset.trainTestSplit(testSize: test, trainSize: train, seed: shuffle ? seed(number) : 0, shuffle: shuffle)
            return try call.record([("train", .object(split.train)), ("test", .object(split.test))])
        }
    }

    /// A whole number is a number of rows, one with a fraction part a share.
    private static func size(_ slot: LuaSlot) throws -> SplitSize? {
        if slot.isNil { return nil }
        if let count = slot.value.asInteger { return .count(count) }
        return .fraction(try slot.number())
    }

    private static func seed(_ number: Int?) -> UInt64 {
        if let number { return UInt64(bitPattern: Int64(number)) }
        var stream = Generator.shared.nextStream()
        return stream.next()
    }
}

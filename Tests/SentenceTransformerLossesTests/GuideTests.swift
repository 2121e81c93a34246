import Datasets
import Encoders
import Files
import Foundation
import JSON
import Losses
import SentenceTransformerLosses
import Tensors
import TestSupport
import Testing

/// A folder of the encoder tests.
private func fixture(_ name: String) -> String { Path.join(Path.parent(of: Path.parent(of: #filePath)), "EncodersTests/Fixtures/" + name) }

private func model(_ folder: String, length: Int) throws -> SentenceTransformer {
    try SentenceTransformer(path: folder, options: SentenceTransformerOptions(maxSequenceLength: length))
}

/// The model of a folder whose tokenizer leaves capital letters as they are.
private func modelThatMindsCase(_ folder: String, length: Int) throws -> SentenceTransformer {
    let copy = TemporaryFolder()
    for name in try Folder.entries(folder) {
        try FileManager.default.copyItem(atPath: Path.join(folder, name), toPath: copy(name))
    }
    for name in ["tokenizer.json", "tokenizer_config.json"] {
        let text = try contents(copy(name)).replacingOccurrences(of: "\"lowercase\": true", with: "\"lowercase\": false")
            .replacingOccurrences(of: "\"do_lower_case\": true", with: "\"do_lower_case\": false")
        _ = copy.write(text, to: name)
    }
    let model = try model(copy.path, length: length)
    #expect(try model.tokenIds(TextInput(["HOUSE"])) != model.tokenIds(TextInput(["house"])))
    return model
}

@Test func a_guide_reads_what_the_model_reads_as_in_the_reference() throws {
    let url = try #require(Bundle.module.url(forResource: "gist", withExtension: "json", subdirectory: "Fixtures/guides"))
    let document = try JSONValue.parse(contentsOfFile: url.path)
    let columns = try #require(document["columns"]?.asArray).map { ($0.asArray ?? []).compactMap(\.asString).map(DatasetValue.string) }
    let temperature = try #require(document["temperature"]?.asNumber)
    let cases = try #require(document["cases"]?.asArray)
    #expect(cases.count == 10)
    for entry in cases {
        func text(_ key: String) throws -> String { try #require(entry[key]?.asString) }
        func length(_ key: String) throws -> Int { Int(try #require(entry[key]?.asInteger)) }
        let model = try model(fixture(text("model")), length: length("length"))
        let load = entry["guide_minds_case"]?.asBool == true ? modelThatMindsCase : model(_:length:)
        let guide = try load(fixture(text("guide")), length("guide_length"))
        let routes = columns.map { _ in ColumnRoute(prompt: entry["prompt"]?.asString) }
        let batch = LossBatch(inputs: columns, labels: nil, routes: routes)
        let options = GuideOptions(temperature: temperature)
        let losses = [try GISTEmbedLoss(model: model, guide: guide, options: options),
                      try CachedGISTEmbedLoss(model: model, guide: guide, options: options, miniBatches: MiniBatchOptions(size: 3))] as [any Loss]
        let wanted = try #require(entry["value"]?.asNumber)
        for loss in losses {
            let value = Double(try loss.value(of: batch).floatArray()[0])
            #expect(abs(value - wanted) <= 1e-5 * wanted, "\(loss.name): \(entry.serialized()): \(value)")
        }
    }
}

@Test func a_guide_of_another_kind_than_the_model_reads_the_text_of_its_tokens() throws {
    let texts = TextInput(["the dog runs to the red house, people live in it", "a CAT"])
    let transformer = try model(fixture("modules/first"), length: 6)
    let table = try SentenceTransformer(path: fixture("modules/static"))
    // Four tokens fit beside the special ones.
    let cut = try table.embeddings(["the dog runs to", "a cat"]).floatArray()
    #expect(try table.embeddings(texts, asReadBy: transformer).floatArray() == cut)
    // Static embeddings read whole texts.
    #expect(try transformer.embeddings(texts, asReadBy: table).floatArray() == transformer.embeddings(texts).floatArray())
    #expect(try table.embeddings(texts, asReadBy: table).floatArray() == table.embeddings(texts).floatArray())
}

@Test func a_guide_behind_a_router_takes_the_route_of_the_task() throws {
    let router = try SentenceTransformer(path: fixture("modules/router"))
    let reader = try model(fixture("sentence-transformer"), length: 16)
    for task in ["query", "document"] {
        let input = TextInput(["the dog runs"], task: task)
        #expect(try router.embeddings(input, asReadBy: reader).floatArray() == router.embeddings(input).floatArray())
        #expect(try reader.embeddings(input, asReadBy: router).floatArray() == reader.embeddings(input).floatArray())
    }
}

@Test func what_a_guide_leaves_out_does_not_hang_on_the_last_bits() throws {
    // Rows with the same text as anchor of one and positive of another, and twice among the positives and negatives.
    let (rows, dimension) = (6, 24)
    let generator = Generator(seed: 5)
    func unit(_ count: Int) throws -> Tensor { try Tensor.randn([count, dimension], generator: generator).normalize() }
    let texts = try unit(9).floatArray()
    let places = [[0, 1, 2, 0, 4, 5], [1, 0, 3, 3, 1, 5], [3, 3, 1, 6, 8, 0]]
    let embeddings = try places.map { _ in try unit(rows) }
    func column(_ places: [Int]) -> [Float] { places.flatMap { texts[$0 * dimension ..< ($0 + 1) * dimension] } }
    let exact = places.map { Tensor(column($0), shape: [rows, dimension]) }
    let embedder = TableEmbedder(texts: [], embeddings: [[0]]), batch = LossBatch(inputs: [], labels: nil, routes: [])
    for (strategy, margin) in [(.absolute, 0), (.absolute, 0.1), (.relative, 0), (.relative, 0.05)] as [(GuideOptions.MarginStrategy, Double)] {
        let options = GuideOptions(temperature: 0.05, marginStrategy: strategy, margin: margin)
        let loss = try GISTEmbedLoss(model: embedder, guide: embedder, options: options)
        let wanted = try loss.value(of: embeddings, batch: batch, context: exact).item()
        for seed in 0..<20 {
            // As other kernels, or other company, would have rounded them.
            let noise = Generator(seed: UInt64(seed))
            let rounded = try exact.map { try $0 + Tensor.randn($0.shape, generator: noise) * 1e-7 }
            #expect(abs(try loss.value(of: embeddings, batch: batch, context: rounded).item() - wanted) <= 1e-6 * wanted, "\(strategy) \(margin) \(seed)")
        }
    }
}

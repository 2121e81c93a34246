import Datasets
import Encoders
import Files
import Foundation
import JSON
import Losses
import SentenceTransformerLosses
import Tensors
import Testing

/// The tiny model of the encoder tests, with mean pooling.
private func tinyModel() throws -> SentenceTransformer {
    let folder = Path.join(Path.parent(of: Path.parent(of: #filePath)), "EncodersTests/Fixtures/sentence-transformer")
    let transformer = try TransformerModule(path: folder)
    return try SentenceTransformer(modules: [transformer, Pooling(width: transformer.configuration.hiddenSize)])
}

private func relativeError(_ values: [Float], _ wanted: [Double]) -> Double {
    let errors = zip(values, wanted).map { abs(Double($0) - $1) }
    if values.count != wanted.count || errors.contains(where: \.isNaN) { return .infinity }
    return (errors.max() ?? 0) / max(wanted.map(abs).max() ?? 0, 1e-4)
}

@Test func the_denoising_loss_and_all_gradients_agree_with_the_reference() throws {
    let url = try #require(Bundle.module.url(forResource: "tied", withExtension: "json", subdirectory: "Fixtures/denoising"))
    let fixture = try JSONValue.parse(contentsOfFile: url.path)
    func numbers(_ value: JSONValue?) -> [Double] { (value?.asArray ?? []).compactMap(\.asNumber) }
    func column(_ name: String) -> [DatasetValue] { (fixture[name]?.asArray ?? []).compactMap(\.asString).map(DatasetValue.string) }

    let model = try tinyModel()
    let loss = try DenoisingAutoEncoderLoss(model: model)
    let own = try #require(fixture["parameters"]?.asObject)
    #expect(Set(loss.parameters.map(\.name)) == Set(own.map(\.key)))
    for parameter in loss.parameters {
        let values = numbers(own[parameter.name]?["values"]).map(Float.init)
        try #require(values.count == parameter.tensor.count, "\(parameter.name)")
        try GradientTape.noGrad { try parameter.tensor.copyInPlace(Tensor(values, shape: parameter.tensor.shape)) }
    }
    let value = try loss.value(of: LossBatch(inputs: [column("damaged"), column("originals")], labels: nil))
    let wanted = try #require(fixture["value"]?.asNumber)
    let result = try value.item()
    #expect(abs(result - wanted) <= 1e-5 * wanted, "\(result) instead of \(wanted)")
    try value.backward()
    var worst = 0.0
    for parameter in loss.parameters {
        let error = relativeError(try #require(parameter.tensor.grad).floatArray(), numbers(own[parameter.name]?["gradient"]))
        #expect(error <= 1e-4, "\(parameter.name): \(error)")
        worst = max(worst, error)
    }
    for (name, gradient) in try #require(fixture["shared_gradients"]?.asObject) {
        let tensor = try #require(model.transformer?.parameters.first { $0.name == name }?.tensor, "\(name)")
        let error = relativeError(try #require(tensor.grad).floatArray(), numbers(gradient))
        #expect(error <= 1e-4, "\(name): \(error)")
        worst = max(worst, error)
    }
    print("DenoisingAutoEncoderLoss: greatest relative error of a gradient", worst)
}

@Test func a_single_column_is_damaged_anew_each_time() throws {
    let model = try tinyModel()
    model.isTraining = true
    let loss = try DenoisingAutoEncoderLoss(model: model, generator: Generator(seed: 3))
    let batch = LossBatch(inputs: [[.string("the quick brown fox jumps over a lazy dog"), .string("dog")]], labels: nil)
    let first = try loss.value(of: batch), second = try loss.value(of: batch)
    #expect(try first.item().isFinite)
    #expect(try first.item() != second.item())
    try first.backward()
    let parameters = try #require(model.transformer).parameters
    #expect(parameters.filter { $0.tensor.grad == nil }.map(\.name) == [])
}

@Test func a_decoder_of_its_own_has_parameters_of_its_own() throws {
    let model = try tinyModel()
    let tied = try DenoisingAutoEncoderLoss(model: model)
    let loss = try DenoisingAutoEncoderLoss(model: model, decoderPath: model.folder, tiesDecoder: false)
    let shared = try #require(model.transformer).parameters
    #expect(loss.parameters.count == tied.parameters.count + shared.count)
    try loss.value(of: LossBatch(inputs: [[.string("the quick fox")]], labels: nil)).backward()
    #expect(loss.parameters.filter { $0.tensor.grad == nil }.map(\.name) == [])
    #expect(throws: LossError.self) { try DenoisingAutoEncoderLoss(model: model, tiesDecoder: false) }
}

@Test func word_deletion_keeps_order_and_at_least_one_word() {
    let generator = Generator(seed: 1)
    let text = "A heron, wading slowly, doesn't see the well-known owl (yet)."
    #expect(WordDeletion(ratio: 0).damaged(text, generator: generator) == text)
    #expect(!WordDeletion(ratio: 1).damaged(text, generator: generator).isEmpty)
    #expect(WordDeletion().damaged("  ", generator: generator) == "  ")
    let words = (0..<2000).map { "w\($0)" }
    let kept = WordDeletion().damaged(words.joined(separator: " "), generator: generator).split(separator: " ").map(String.init)
    #expect(abs(Double(kept.count) / 2000 - 0.4) < 0.05)
    #expect(kept == words.filter(Set(kept).contains))
}

@Test func a_copied_model_gives_the_same_embeddings_and_learns_apart() throws {
    let model = try tinyModel()
    let copy = try model.makeCopy()
    let texts = TextInput(["the quick fox", "a dog"])
    #expect(try copy.embeddings(texts).floatArray() == model.embeddings(texts).floatArray())
    try copy.embeddings(texts).sum().backward()
    #expect(model.parameters.allSatisfy { $0.tensor.grad == nil })
    #expect(copy.parameters.map(\.name) == model.parameters.map(\.name))
    #expect(try copy.tokenIds(texts) == model.tokenIds(texts))

    let loss = try ContrastiveTensionLoss(model: model)
    let value = try loss.value(of: LossBatch(inputs: [[.string("a dog"), .string("the fox")], [.string("a dog"), .string("a dog")]], labels: nil))
    try value.backward()
    #expect(loss.parameters.contains { $0.tensor.grad != nil } && model.parameters.contains { $0.tensor.grad != nil })
}

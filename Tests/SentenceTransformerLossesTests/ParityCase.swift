import Datasets
import Encoders
import Foundation
import JSON
import Losses
import SentenceTransformerLosses
import Tensors
import Testing

/// What the reference made of given embeddings and labels under one loss and its options.
struct ParityCase {
    let loss: String
    let options: JSONObject
    let data: String
    let value: Double
    let gradient: [Double]
    let batch: LossBatch
    let texts: [String]
    let embeddings: [[Float]]
    /// Layers whose embeddings stand one behind the other in a row of `embeddings`.
    let layers: Int
    /// The embeddings of the guide; empty where there is none.
    let guide: [[Float]]

    /// Every case of every file in `Fixtures`.
    static func all() throws -> [ParityCase] {
        let urls = try #require(Bundle.module.urls(forResourcesWithExtension: "json", subdirectory: "Fixtures"))
        return try urls.compactMap { $0.path }.sorted().flatMap { path -> [ParityCase] in
            let document = try JSONValue.parse(contentsOfFile: path)
            return try #require(document["cases"]?.asArray).map { try ParityCase($0, in: document) }
        }
    }

    private init(_ entry: JSONValue, in document: JSONValue) throws {
        let loss = try #require(entry["loss"]?.asString)
        self.loss = loss
        options = try #require(entry["options"]?.asObject)
        data = try #require(entry["data"]?.asString)
        value = try #require(entry["value"]?.asNumber)
        gradient = Self.numbers(entry["gradient"]).flatMap { $0 }
        let source = try #require(document["data"]?[data])
        batch = LossBatch(inputs: (source["inputs"]?.asArray ?? []).map { ($0.asArray ?? []).map(Self.cell) },
                          labels: source["labels"]?.asArray?.map(Self.cell))
        texts = (source["texts"]?.asArray ?? []).compactMap(\.asString)
        embeddings = Self.numbers(source["embeddings"]).map { $0.map(Float.init) }
        layers = source["layers"]?.asInteger.map { Int($0) } ?? 1
        guide = Self.numbers(source["guide"]).map { $0.map(Float.init) }
    }

    private static func numbers(_ value: JSONValue?) -> [[Double]] {
        (value?.asArray ?? []).map { ($0.asArray ?? []).compactMap(\.asNumber) }
    }

    private static func cell(_ value: JSONValue) -> DatasetValue {
        switch value {
        case .null, .object: return .null
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(value)
        case .number(let value): return .number(value)
        case .string(let value): return .string(value)
        case .array(let values): return .list(values.map(cell))
        }
    }

    /// The options as one line.
    var optionText: String {
        options.isEmpty ? "defaults" : options.map { "\($0.key)=\($0.value.asString ?? $0.value.serialized())" }.joined(separator: " ")
    }

    /// A model of the case's embeddings.
    func makeModel() -> TableEmbedder {
        TableEmbedder(texts: texts, embeddings: embeddings, layers: layers, guide: guide)
    }

    /// The loss with these options over a model of the case's embeddings.
    func makeLoss(_ model: TableEmbedder) throws -> any Loss {
        for family in [pairwiseLoss, contrastiveLoss, wrappingLoss] {
            if let made = try family(loss, model, options) { return made }
        }
        throw LossError("no such loss: \(loss)")
    }
}

/// An activation by its name in the fixtures.
func namedActivation(_ name: String) -> LossActivation { LossActivation.named.first { $0.name == name }?.activation ?? .identity }

/// Pairs with a number.
private func pairwiseLoss(_ name: String, _ model: TableEmbedder, _ options: JSONObject) throws -> (any Loss)? {
    switch name {
    case "CosineSimilarityLoss":
        return CosineSimilarityLoss(model: model, activation: namedActivation(options["cos_score_transformation"]?.asString ?? "identity"))
    default: return nil
    }
}

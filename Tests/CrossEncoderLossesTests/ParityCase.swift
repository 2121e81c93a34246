import Datasets
import Encoders
import Foundation
import JSON
import CrossEncoderLosses
import Losses
import Tensors
import Testing

/// What the reference made of given logits and labels under one loss and its options.
struct ParityCase {
    let loss: String
    let options: JSONObject
    let data: String
    let value: Double
    let gradient: [Double]
    let batch: LossBatch
    let pairs: [TextPair]
    let logits: [[Float]]

    /// Every case of `Fixtures/parity.json`.
    static func all() throws -> [ParityCase] {
        let url = try #require(Bundle.module.url(forResource: "parity", withExtension: "json", subdirectory: "Fixtures"))
        let document = try JSONValue.parse(contentsOfFile: url.path)
        return try #require(document["cases"]?.asArray).map { entry in
            let name = try #require(entry["data"]?.asString)
            let data = try #require(document["data"]?[name])
            let labels = try #require(data["labels"])
            return ParityCase(
                loss: try #require(entry["loss"]?.asString),
                options: try #require(entry["options"]?.asObject),
                data: name,
                value: try #require(entry["value"]?.asNumber),
                gradient: (entry["gradient"]?.asArray ?? []).flatMap { $0.asArray ?? [] }.compactMap(\.asNumber),
                batch: LossBatch(inputs: (data["inputs"]?.asArray ?? []).map { ($0.asArray ?? []).map(cell) },
                                 labels: labels.asArray?.map(cell)),
                pairs: (data["pairs"]?.asArray ?? []).compactMap(\.asArray).map { TextPair($0[0].asString ?? "", $0[1].asString ?? "") },
                logits: (data["logits"]?.asArray ?? []).map { ($0.asArray ?? []).compactMap(\.asNumber).map(Float.init) })
        }
    }

    private static func cell(_ value: JSONValue) -> DatasetValue {
        switch value {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(value)
        case .number(let value): return .number(value)
        case .string(let value): return .string(value)
        case .array(let values): return .list(values.map(cell))
        case .object: return .null
        }
    }

    /// The options as one line.
    var optionText: String {
        options.isEmpty ? "defaults" : options.map { "\($0.key)=\($0.value.asString ?? $0.value.serialized())" }.joined(separator: " ")
    }

    /// The loss with these options over a model of the case's logits.
    func makeLoss(_ model: TableScorer) throws -> any Loss {
        let activation = try self.activation()
        let reduction = try options["reduction"].map { try #require(LossReduction(rawValue: $0.asString ?? "")) } ?? .mean
        let miniBatchSize = options["mini_batch_size"]?.asInteger
        switch loss {
        case "BinaryCrossEntropyLoss":
            return try BinaryCrossEntropyLoss(model: model, activation: activation ?? .identity,
                                              positiveWeight: options["pos_weight"]?.asNumber, reduction: reduction)
        case "MSELoss":
            return try MSELoss(model: model, activation: activation ?? .identity, reduction: reduction)
        case "MarginMSELoss":
            return try MarginMSELoss(model: model, activation: activation ?? .identity, reduction: reduction)
        case "CrossEntropyLoss":
            return try CrossEntropyLoss(
                model: model, activation: activation ?? .identity, classWeights: options["weight"]?.asArray?.compactMap(\.asNumber),
                labelSmoothing: options["label_smoothing"]?.asNumber ?? 0, ignoredClass: options["ignore_index"]?.asInteger ?? -100,
                reduction: reduction)
        case "MultipleNegativesRankingLoss":
            return try MultipleNegativesRankingLoss(model: model, negativeCount: options["num_negatives"]?.asInteger,
                                                    scale: options["scale"]?.asNumber ?? 10, activation: contrastActivation())
        case "CachedMultipleNegativesRankingLoss":
            return try CachedMultipleNegativesRankingLoss(
                model: model, negativeCount: options["num_negatives"]?.asInteger, scale: options["scale"]?.asNumber ?? 10,
                activation: contrastActivation(), miniBatchSize: miniBatchSize ?? 32)
        case "LambdaLoss":
            return try LambdaLoss(model: model, weighting: try weighting(), k: options["k"]?.asInteger,
                                  sigma: options["sigma"]?.asNumber ?? 1, eps: options["eps"]?.asNumber ?? 1e-10,
                                  reductionLog: reductionLog, activation: activation ?? .identity, miniBatchSize: miniBatchSize)
        case "RankNetLoss":
            return try RankNetLoss(model: model, k: options["k"]?.asInteger, sigma: options["sigma"]?.asNumber ?? 1,
                                   reductionLog: reductionLog, activation: activation ?? .identity, miniBatchSize: miniBatchSize)
        case "ListNetLoss":
            return try ListNetLoss(model: model, activation: activation ?? .identity, miniBatchSize: miniBatchSize)
        case "ListMLELoss":
            return try ListMLELoss(model: model, activation: activation ?? .identity, miniBatchSize: miniBatchSize,
                                   respectInputOrder: options["respect_input_order"]?.asBool ?? true)
        case "PListMLELoss":
            return try PListMLELoss(model: model, lambdaWeight: try lambdaWeight(), activation: activation ?? .identity,
                                    miniBatchSize: miniBatchSize, respectInputOrder: options["respect_input_order"]?.asBool ?? true)
        case "ADRMSELoss":
            return try ADRMSELoss(model: model, alpha: options["alpha"]?.asNumber ?? 1, activation: activation ?? .identity,
                                  miniBatchSize: miniBatchSize)
        default:
            throw LossError("no such loss: \(loss)")
        }
    }

    private var reductionLog: ReductionLog {
        options["reduction_log"]?.asString.flatMap(ReductionLog.init(rawValue:)) ?? .binary
    }

    private func activation() throws -> LossActivation? {
        guard let name = options["activation_fn"]?.asString, name != "none" else { return nil }
        return try #require(LossActivation.named.first { $0.name == name }).activation
    }

    /// The contrastive losses have a sigmoid by default, and may have no activation.
    private func contrastActivation() throws -> LossActivation? {
        options["activation_fn"] == nil ? .sigmoid : try activation()
    }

    private func weighting() throws -> any LambdaWeightingScheme {
        switch options["weighting_scheme"]?.asString {
        case "NoWeightingScheme": return NoWeightingScheme()
        case "NDCGLoss1Scheme": return NDCGLoss1Scheme()
        case "NDCGLoss2Scheme": return NDCGLoss2Scheme()
        case "LambdaRankScheme": return LambdaRankScheme()
        default: return NDCGLoss2PPScheme(mu: options["mu"]?.asNumber ?? 10)
        }
    }

    private func lambdaWeight() throws -> PListMLELambdaWeight? {
        switch options["lambda_weight"]?.asString {
        case "none": return nil
        case "reciprocal":
            return PListMLELambdaWeight { mask in
                // 1 / log(1 + rank) for documents, 0 for padding.
                let values = (0..<mask.count).map { cell -> Float in
                    mask.booleans[cell] ? 1 / log1p(Float(cell % mask.shape[1] + 1)) : 0
                }
                return Tensor(values, shape: mask.shape)
            }
        default: return PListMLELambdaWeight()
        }
    }
}

import Files
import JSON
import Kernels
import Tensors

/// Makes one weight for every word of the vocabulary out of the scores that a transformer with a vocabulary head gives its tokens.
public final class SpladePooling: Module {
    public let type = ModuleType.spladePooling

    /// How the tokens of a text come together, under the reference's names.
    public enum Strategy: String, CaseIterable, Sendable {
        /// The greatest weight of each word.
        case max
        /// The sum of its weights.
        case sum
    }

    /// What becomes of a score `x`, under the reference's names.
    public enum Activation: String, CaseIterable, Sendable {
        /// `log(1 + max(x, 0))`
        case relu
        /// `log(1 + log(1 + max(x, 0)))`
        case log1pRelu = "log1p_relu"

        var kernel: VocabularyActivation { self == .relu ? .logarithm : .doubleLogarithm }
    }

    public let strategy: Strategy
    public let activation: Activation
    /// Words of the vocabulary; nil until it stands behind a transformer.
    public private(set) var embeddingDimension: Int?
    /// Accepted as the reference has it. Scores are pooled in tiles anyway, so it changes nothing.
    public var chunkSize: Int?

    public init(strategy: Strategy = .max, activation: Activation = .relu, embeddingDimension: Int? = nil, chunkSize: Int? = nil) {
        self.strategy = strategy
        self.activation = activation
        self.embeddingDimension = embeddingDimension
        self.chunkSize = chunkSize
    }

    /// Reads `config.json` of a module folder.
    /// - Throws: ``ModelError`` naming file and key.
    convenience init(folder: String) throws {
        let source = try ConfigurationFile(path: Path.join(folder, "config.json"))
        func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, default fallback: String) throws -> Choice
        where Choice.RawValue == String {
            let name = try source.string(key, default: fallback)
            guard let value = Choice(rawValue: name) else {
                let known = Choice.allCases.map { $0.rawValue }.joined(separator: ", ")
                throw ModelError("\(source.path): \(key) \"\(name)\" is not known; known are \(known)")
            }
            return value
        }
        let key = source.object["embedding_dimension"] == nil ? "word_embedding_dimension" : "embedding_dimension"
        self.init(
            strategy: try choice("pooling_strategy", default: "max"), activation: try choice("activation_function", default: "relu"),
            embeddingDimension: source.object[key]?.isNull ?? true ? nil : try source.size(key))
    }

    public func check(_ widths: inout FeatureWidths) throws {
        guard let words = widths.vocabulary else {
            throw ModelError("""
                SpladePooling reads the scores of a vocabulary head, which no module before it makes; put a Transformer with \
                transformer_task "fill-mask" before it
                """)
        }
        if let embeddingDimension, embeddingDimension != words {
            throw ModelError("SpladePooling gives \(embeddingDimension) elements, the vocabulary head before it has \(words) words")
        }
        embeddingDimension = words
        widths.sentence = words
    }

    public func forward(_ features: inout ModuleFeatures) throws {
        guard let scores = features.vocabularyScores else { throw ModelError("SpladePooling: the batch has no scores of a vocabulary head") }
        features.sentenceEmbedding = scores.pooled(strategy, activation.kernel, offsets: features.offsets)
    }

    public var settings: JSONObject {
        ["pooling_strategy": .string(strategy.rawValue), "activation_function": .string(activation.rawValue),
         "embedding_dimension": embeddingDimension.map { .integer(Int64($0)) } ?? .null]
    }
}

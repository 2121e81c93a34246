import Files
import JSON
import Kernels

/// What `config.json` says of a transformer.
public struct TransformerConfiguration {
    /// The architectures that differ in names and small rules only; the raw value is `model_type`.
    public enum Family: String, CaseIterable, Sendable {
        case bert
        case distilbert
        case roberta
        case xlmRoberta = "xlm-roberta"
        case mpnet

        /// What class names of the family begin with.
        var classPrefix: String {
            switch self {
            case .bert: return "Bert"
            case .distilbert: return "DistilBert"
            case .roberta: return "Roberta"
            case .xlmRoberta: return "XLMRoberta"
            case .mpnet: return "MPNet"
            }
        }
    }

    public let family: Family
    public let hiddenSize: Int
    public internal(set) var layerCount: Int
    public let headCount: Int
    public let intermediateSize: Int
    public let vocabularySize: Int
    /// Rows of the position table.
    public let positionCount: Int
    /// Rows of the token type table; 0 where the family has none.
    public let typeCount: Int
    /// Rows of the table of ``RelativePositionBias``; 0 where the family has none.
    public let biasBucketCount: Int
    public let activation: HiddenActivation
    public let hiddenDropout: Float
    public let attentionDropout: Float
    /// Before the classifier of a sequence-classification head.
    public let classifierDropout: Float
    public let normEpsilon: Float
    /// Standard deviation of freshly made weights.
    public let initializerRange: Float
    public let paddingId: Int32?
    /// Everything in the file, for saving.
    public internal(set) var json: JSONObject
    /// The file, for errors.
    let path: String

    /// Reads `config.json` of `folder`.
    /// - Throws: ``ModelError`` naming the file and the key at fault.
    public init(folder: String) throws {
        path = Path.join(folder, "config.json")
        let source = try ConfigurationFile(path: path)
        json = source.object
        let type = try source.string("model_type")
        guard let family = Family(rawValue: type) else {
            let known = Family.allCases.map(\.rawValue).joined(separator: ", ")
            throw ModelError("\(path): model_type \"\(type)\" is not supported; supported are \(known)")
        }
        self.family = family
        let names = family == .distilbert ? Keys.distilbert : Keys.bert
        hiddenSize = try source.size(names.hidden)
        layerCount = try source.size(names.layers)
        headCount = try source.size(names.heads)
        intermediateSize = try source.size(names.intermediate)
        vocabularySize = try source.size("vocab_size")
        positionCount = try source.size("max_position_embeddings")
        typeCount = family == .distilbert || family == .mpnet ? 0 : try source.size("type_vocab_size", default: 2)
        let buckets = RelativePositionBias.bucketCount
        biasBucketCount = family == .mpnet ? try source.size("relative_attention_num_buckets", default: buckets) : 0
        if family == .mpnet, biasBucketCount < buckets {
            throw ModelError("\(path): relative_attention_num_buckets \(biasBucketCount) is not supported; distances fall into \(buckets)")
        }
        let function = try source.string(names.activation, default: "gelu")
        guard let activation = HiddenActivation(rawValue: function) else {
            let known = HiddenActivation.allCases.map(\.rawValue).joined(separator: ", ")
            throw ModelError("\(path): \(names.activation) \"\(function)\" is not supported; supported are \(known)")
        }
        self.activation = activation
        hiddenDropout = try source.probability(names.hiddenDropout, default: 0.1)
        attentionDropout = try source.probability(names.attentionDropout, default: 0.1)
        classifierDropout = family == .distilbert
            ? try source.probability("seq_classif_dropout", default: 0.2)
            : try source.probability("classifier_dropout", default: hiddenDropout)
        normEpsilon = try source.number("layer_norm_eps", in: 0...1, default: 1e-12)
        initializerRange = try source.number("initializer_range", in: 0...1000, default: 0.02)
        switch family {
        // Position ids of the RoBERTa family begin after the padding id, so it must be known there.
        case .bert, .distilbert, .roberta, .xlmRoberta:
            let defaultPadding = family == .roberta || family == .xlmRoberta ? 1 : 0
            paddingId = json["pad_token_id"]?.isNull == true ? nil : Int32(clamping: try source.count("pad_token_id", default: defaultPadding))
        // The reference's code has the number, whatever the file says.
        case .mpnet: paddingId = 1
        }
        if hiddenSize % headCount != 0 {
            throw ModelError("\(path): \(names.hidden) \(hiddenSize) is not a multiple of \(names.heads) \(headCount)")
        }
        let position = try source.string("position_embedding_type", default: "absolute")
        if position != "absolute" {
            throw ModelError("\(path): position_embedding_type \"\(position)\" is not supported; supported is absolute")
        }
        if firstPosition >= positionCount {
            throw ModelError("\(path): max_position_embeddings \(positionCount) leaves no position after pad_token_id \(firstPosition - 1)")
        }
    }

    /// The position of a sequence's first token.
    public var firstPosition: Int {
        switch family {
        case .bert, .distilbert: return 0
        case .roberta, .xlmRoberta, .mpnet: return Int(paddingId ?? 1) + 1
        }
    }

    /// The longest sequence that has positions.
    public var maximumLength: Int { positionCount - firstPosition }

    /// Number of classes that the file speaks of, nil if it does not.
    /// - Throws: ``ModelError`` for a number that is none.
    func labelCount() throws -> Int? {
        let source = ConfigurationFile(path: path, object: json)
        if !source.isAbsent("id2label") {
            let labels = try source.members("id2label")
            if labels.isEmpty { throw ModelError("\(path): id2label: it names no label") }
            return labels.count
        }
        return source.isAbsent("num_labels") ? nil : try source.size("num_labels")
    }

    /// Whether the file was written for a model with a sequence-classification head.
    public var isForClassification: Bool {
        json["architectures"]?.asArray?.contains { $0.asString?.hasSuffix("ForSequenceClassification") == true } ?? false
    }

    private struct Keys {
        let hidden, layers, heads, intermediate, activation, hiddenDropout, attentionDropout: String

        static let bert = Keys(
            hidden: "hidden_size", layers: "num_hidden_layers", heads: "num_attention_heads", intermediate: "intermediate_size",
            activation: "hidden_act", hiddenDropout: "hidden_dropout_prob", attentionDropout: "attention_probs_dropout_prob")
        static let distilbert = Keys(
            hidden: "dim", layers: "n_layers", heads: "n_heads", intermediate: "hidden_dim",
            activation: "activation", hiddenDropout: "dropout", attentionDropout: "attention_dropout")
    }
}

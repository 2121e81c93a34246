import Files
import JSON
import Tensors
import Tokenizers

/// One learned or given weight for each token, which a text has where it contains the token: sparse queries without a transformer.
///
/// Texts are tokenised without special tokens.
public final class SparseStaticEmbedding: InputModule {
    public let type = ModuleType.sparseStaticEmbedding
    /// `[vocabulary]`
    public let weight: Tensor
    /// Whether the weights stay as they are in training.
    public let isFrozen: Bool
    private let ownTokenizer: Tokenizer

    /// - Parameter weight: `[vocabulary]`; nil for ones.
    /// - Throws: ``ModelError`` unless there is a weight for every token.
    public init(tokenizer: Tokenizer, weight: Tensor? = nil, isFrozen: Bool = false) throws {
        let weight = weight ?? Tensor(repeating: 1, shape: [tokenizer.vocabularySize])
        guard weight.rank == 1, weight.dtype == .float32, weight.count > 0 else {
            throw ModelError("SparseStaticEmbedding: weight: float32 of shape [vocabulary] is wanted, it is \(weight.dtype) of shape "
                + "\(weight.shape)")
        }
        ownTokenizer = tokenizer
        self.weight = weight.node == nil && weight.isContiguous ? weight : weight.detach().contiguousCopy()
        self.isFrozen = isFrozen
        self.weight.requiresGrad = !isFrozen
    }

    /// With weights from a JSON file that maps tokens to numbers (`idf.json`); a token that is not in it has the weight zero.
    /// - Parameter json: the file, or a folder that holds `idf.json`.
    /// - Throws: ``ModelError`` for a file that does not hold such an object, or for tokens that the tokenizer does not know.
    public convenience init(json: String, tokenizer: Tokenizer, isFrozen: Bool = false) throws {
        let source = try ConfigurationFile(path: Folder.exists(json) ? Path.join(json, "idf.json") : json)
        let weight = Tensor(zeros: [tokenizer.vocabularySize])
        for (token, value) in source.object {
            guard let number = value.asNumber, Float(number).isFinite else { throw ModelError("\(source.path): \"\(token)\": a number is wanted") }
            guard let id = tokenizer.id(of: token), Int(id) < weight.count else {
                throw ModelError("\(source.path): the tokenizer has no token \"\(token)\"; the file belongs to another one")
            }
            weight.floats[Int(id)] = Float(number)
        }
        try self.init(tokenizer: tokenizer, weight: weight, isFrozen: isFrozen)
    }

    /// Reads a module folder: tokenizer, `config.json`, and `model.safetensors` or the JSON file that `path` names.
    public convenience init(folder: String) throws {
        let source = try ConfigurationFile(path: Path.join(folder, "config.json"))
        let tokenizer = try Tokenizer(folder: folder)
        let isFrozen = try source.bool("frozen", default: false)
        if let path = try source.stringIfPresent("path"), path.hasSuffix(".json") {
            guard let place = Path.below(folder, path) else { throw ModelError("\(source.path): path: \"\(path)\" leaves the module's folder") }
            try self.init(json: place, tokenizer: tokenizer, isFrozen: isFrozen)
            return
        }
        let weights = try WeightFiles(folder: folder)
        guard let shape = weights.shape(of: "weight"), shape.count == 1 else {
            throw ModelError("\(weights.path): a tensor \"weight\" of shape [vocabulary] is wanted")
        }
        try self.init(tokenizer: tokenizer, weight: weights.tensor("weight", shape: shape), isFrozen: isFrozen)
    }

    public var tokenizer: Tokenizer? { ownTokenizer }
    public var embeddingDimension: Int? { weight.count }

    /// What the tokenizer's files say; it cannot be set.
    public var maximumLength: Int? { ownTokenizer.modelMaxLength }
    public func setMaximumLength(_ length: Int) throws {
        throw ModelError("max_seq_length cannot be set: \(type.rawValue) takes what its tokenizer's files say")
    }

    public var parameters: [NamedParameter] { [NamedParameter(name: "weight", tensor: weight)] }
    public var settings: JSONObject { ["frozen": .bool(isFrozen)] }

    public func check(_ widths: inout FeatureWidths) throws {
        widths = FeatureWidths()
        widths.sentence = weight.count
    }

    public func forward(_ features: inout ModuleFeatures) throws {
        let prompt = features.input.prompt ?? ""
        let options = EncodingOptions(maxLength: maximumLength, truncation: .longestFirst, addSpecialTokens: false)
        let encodings = try ownTokenizer.encodeBatch(features.input.texts.map { TokenizerInput(first: prompt + $0) }, options: options)
        let weight = self.weight, words = weight.count
        let result = Tensor(zeros: [encodings.count, words])
        for (row, encoding) in encodings.enumerated() {
            for id in encoding.ids {
                guard id >= 0, Int(id) < words else {
                    throw ModelError("token id \(id) lies outside the \(words) weights; the tokenizer belongs to another model")
                }
                result.floats[row * words + Int(id)] = weight.floats[Int(id)]
            }
        }
        let ids = encodings.map { Set($0.ids).sorted() }
        features.tokenEmbeddings = nil
        features.vocabularyScores = nil
        features.sentenceEmbedding = result.recorded(as: "token weights", from: [weight]) { gradient in
            let sums = weight.accumulatedGrad()
            for (row, ids) in ids.enumerated() {
                for id in ids { sums.floats[Int(id)] += gradient.floats[row * words + Int(id)] }
            }
            return [nil]
        }
    }

    public func save(to folder: String) throws {
        try ModelSaving.write(settings, to: folder, "config.json")
        try ModelSaving.writeWeights(parameters, to: folder)
        try ownTokenizer.save(to: folder)
    }
}

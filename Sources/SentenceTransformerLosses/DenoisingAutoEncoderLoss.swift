import Encoders
import JSON
import Losses
import Tensors

/// TSDAE: a decoder has to write a text from the embedding of what is left of it, so the embedding must hold what it says.
///
///     loss = mean over tokens of -log p(token | tokens before it, embedding of the damaged text)
///
/// (Wang, Reimers, Gurevych 2021: TSDAE: Using Transformer-based Sequential Denoising Auto-Encoder for Unsupervised Sentence
/// Embedding Learning, arXiv 2104.06979.)
///
/// The decoder is a transformer like the encoder's, with an attention over the embedding in each layer. By default it shares
/// embeddings and layers with the encoder, so only that attention and the vocabulary head are its own; they are trained, kept
/// in checkpoints, and not part of the saved model.
///
/// Columns: one text, which is damaged here, anew in each step; or a damaged text and its original. Labels: none.
public final class DenoisingAutoEncoderLoss: Loss {
    public let name = "DenoisingAutoEncoderLoss"
    public let model: SentenceTransformer
    public let decoder: TextDecoder
    /// Whether the decoder shares embeddings and layers with the encoder.
    public let isTied: Bool
    private let module: TransformerModule
    private let decoderFolder: String
    private let deletion: WordDeletion
    private let generator: Generator

    /// - Parameters:
    ///   - decoderPath: the model that the decoder begins as, a folder or a name; only without `tiesDecoder`.
    ///   - tiesDecoder: whether the decoder shares embeddings and layers with the encoder (`tie_encoder_decoder`).
    ///   - deletion: how single texts are damaged.
    ///   - generator: makes the new parts of the decoder, and chooses words.
    /// - Throws: ``LossError`` or `ModelError` for a model that no decoder fits.
    public init(model: SentenceTransformer, decoderPath: String? = nil, tiesDecoder: Bool = true, deletion: WordDeletion = WordDeletion(),
                generator: Generator = .shared) throws {
        guard let encoder = model.modules.first as? TransformerModule else {
            throw LossError("""
                DenoisingAutoEncoderLoss needs a model that begins with a transformer, this one begins with \
                \(model.input.type.rawValue)
                """)
        }
        guard tiesDecoder || decoderPath != nil else {
            throw LossError("""
                DenoisingAutoEncoderLoss: with tie_encoder_decoder = false decoder_name_or_path must name the model that the \
                decoder begins as
                """)
        }
        self.model = model
        self.generator = generator
        self.deletion = deletion
        isTied = tiesDecoder
        module = tiesDecoder ? encoder : try TransformerModule(path: decoderPath!)
        decoderFolder = tiesDecoder ? encoder.folder : decoderPath!
        decoder = try TextDecoder(transformer: module.transformer, folder: module.folder, generator: generator)
        guard model.modules.contains(where: { $0 is Pooling }), encoder.configuration.hiddenSize == module.configuration.hiddenSize else {
            throw LossError("DenoisingAutoEncoderLoss: the hidden sizes of encoder (\(encoder.configuration.hiddenSize)) and decoder "
                            + "(\(module.configuration.hiddenSize)) differ; they must be the same")
        }
    }

    /// The decoder's, without what belongs to the encoder, under `decoder.`.
    public var parameters: [NamedParameter] {
        ((isTied ? [] : decoder.transformerParameters) + decoder.ownParameters).map { NamedParameter(name: "decoder." + $0.name, tensor: $0.tensor) }
    }

    public var requirements: LossRequirements? { LossRequirements(columns: [.text], allowsMoreColumns: true, columnLimit: 2, labels: [.none]) }

    public var configuration: JSONObject {
        ["decoder_name_or_path": .string(decoderFolder), "need_retokenization": .bool(!isTied), "tie_encoder_decoder": .bool(isTied)]
    }

    public func value(of batch: LossBatch) throws -> Tensor {
        guard (1...2).contains(batch.inputs.count) else {
            throw LossError("\(name) expects one input column, or the damaged texts and the originals, the batch has \(batch.inputs.count) columns")
        }
        var source = try batch.textInput(0, for: name)
        let target = try batch.textInput(batch.inputs.count - 1, for: name)
        if batch.inputs.count == 1 { source.texts = source.texts.map { deletion.damaged($0, generator: generator) } }
        let vectors = try model.embeddings(source)
        let texts = try module.tokenized(target).ids.enumerated().map { row, ids in
            guard ids.count > 1 else { throw LossError("\(name): the text in", row: row, "has no tokens to write") }
            return ids
        }
        // Each token but the last is followed by one.
        let given = PackedBatch(texts.map { (ids: Array($0.dropLast()), typeIds: [Int32](repeating: 0, count: $0.count - 1)) })
        let wanted = texts.flatMap { $0.dropFirst().map(Int64.init) }
        let logits = try decoder.logits(given, vectors: vectors, isTraining: model.isTraining)
        return try Functional.crossEntropy(logits, Tensor(wanted), ignoreIndex: Int64(module.configuration.paddingId ?? -100))
    }
}

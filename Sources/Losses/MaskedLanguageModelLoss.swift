import Encoders
import JSON
import Tensors
import Tokenizers

/// Guessing hidden words (Devlin and others, "BERT", 2019): the mean cross-entropy of the vocabulary head at some tokens of every text.
///
/// Of the tokens, `maskProbability` are chosen; 80 % of those become the mask token, 10 % a random token and 10 % stay. Scores are made
/// for the chosen tokens alone. Every input column is a text of its own. While the model is in training the choice goes on with the
/// shared generator; otherwise it is the same for every batch, so that evaluations can be compared.
public final class MaskedLanguageModelLoss: Loss {
    public let name = "MaskedLanguageModelLoss"
    /// The share of tokens that are guessed.
    public let maskProbability: Double
    /// Whether all tokens of a word are chosen together.
    public let masksWholeWords: Bool
    private let model: any ModularModel
    private let module: TransformerModule
    private let head: VocabularyHead
    private let maskId: Int32

    /// - Throws: ``LossError`` for a model without a vocabulary head or a mask token, or a probability that is none.
    public init(model: any ModularModel, maskProbability: Double = 0.15, masksWholeWords: Bool = false) throws {
        guard let module = model.transformerPlaces.lazy.map(\.module).first(where: { $0.head != nil }), let head = module.head else {
            throw LossError("MaskedLanguageModelLoss needs a model with a vocabulary head: a Transformer with transformer_task \"fill-mask\"")
        }
        guard let maskId = model.tokenizer.maskId else { throw LossError("MaskedLanguageModelLoss: the tokenizer has no mask token") }
        guard maskProbability > 0, maskProbability <= 1 else {
            throw LossError("MaskedLanguageModelLoss: mlm_probability: a number above 0 and up to 1 is wanted, it is \(maskProbability)")
        }
        self.model = model
        self.module = module
        self.head = head
        self.maskId = maskId
        self.maskProbability = maskProbability
        self.masksWholeWords = masksWholeWords
    }

    public var requirements: LossRequirements? {
        LossRequirements(columns: [.text], allowsMoreColumns: true, labels: [.none])
    }

    public var configuration: JSONObject { ["mlm_probability": .number(maskProbability), "whole_word_mask": .bool(masksWholeWords)] }

    public func value(of batch: LossBatch) throws -> Tensor {
        let ids = try batch.inputs.indices.flatMap { try module.tokenized(batch.textInput($0, for: name)).ids }
        let generator = model.isTraining ? Generator.shared : Generator(seed: 0)
        let choice = try masked(ids, generator)
        let hidden = try module.transformer.hiddenStates(PackedBatch(choice.ids.map { ($0, [Int32](repeating: 0, count: $0.count)) }))
        return try head.crossEntropy(hidden.indexSelect(dim: 0, indices: choice.rows), targets: choice.targets)
    }

    /// Texts with chosen tokens replaced, the rows of those tokens among all, and what stood there.
    func masked(_ texts: [[Int32]], _ generator: Generator) throws -> (ids: [[Int32]], rows: [Int], targets: [Int32]) {
        let words = texts.map { self.words(of: $0) }
        let count = words.reduce(0) { $0 + $1.count }, tokens = texts.reduce(0) { $0 + $1.count }
        if count == 0 { return (texts, [], []) }
        let draws = try GradientTape.noGrad { try Tensor.rand([count + 2 * tokens], generator: generator) }.floatArray()
        // A batch without a chosen word would teach nothing.
        let least = draws[0..<count].min()!
        var ids = texts, rows: [Int] = [], targets: [Int32] = []
        var word = 0, start = 0
        for text in texts.indices {
            for range in words[text] {
                defer { word += 1 }
                guard draws[word] < Float(maskProbability) || draws[word] == least else { continue }
                for place in range {
                    rows.append(start + place)
                    targets.append(texts[text][place])
                    let kind = draws[count + start + place]
                    if kind < 0.8 {
                        ids[text][place] = maskId
                    } else if kind < 0.9 {
                        let any = draws[count + tokens + start + place]
                        ids[text][place] = min(Int32(any * Float(head.wordCount)), Int32(head.wordCount - 1))
                    }
                }
            }
            start += texts[text].count
        }
        return (ids, rows, targets)
    }

    /// What is chosen together: single tokens or the tokens of a word, without special tokens.
    private func words(of ids: [Int32]) -> [Range<Int>] {
        let tokenizer = model.tokenizer
        let texts = masksWholeWords ? tokenizer.tokens(for: ids) : []
        var ranges: [Range<Int>] = []
        for place in ids.indices where !tokenizer.specialIds.contains(ids[place]) {
            if masksWholeWords, let last = ranges.last, last.upperBound == place, continues(texts[place] ?? "") {
                ranges[ranges.count - 1] = last.lowerBound ..< place + 1
            } else {
                ranges.append(place ..< place + 1)
            }
        }
        return ranges
    }

    /// Whether a token goes on with the word before it, by the marks of its family's tokenizer.
    private func continues(_ token: String) -> Bool {
        switch module.configuration.family {
        case .bert, .distilbert, .mpnet: return token.hasPrefix("##")
        case .roberta: return !token.hasPrefix("\u{120}")
        case .xlmRoberta: return !token.hasPrefix("\u{2581}")
        }
    }
}

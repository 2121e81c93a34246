import Encoders
import Evaluators
import Tensors

/// A model whose scores are given beforehand, in the order in which pairs are asked for.
final class FakeScorer: PairScoringModel {
    let kind = "CrossEncoder"
    let parameters: [NamedParameter] = []
    var isTraining = false
    var usesGradientCheckpointing = false
    let numLabels: Int
    private let values: [Float]
    private(set) var calls: [[TextPair]] = []

    init(_ values: [Float], numLabels: Int = 1) {
        self.values = values
        self.numLabels = numLabels
    }

    func save(to folder: String) throws {}

    func scores(for pairs: [TextPair], options: ScoringOptions) throws -> Tensor {
        calls.append(pairs)
        return Tensor(values, shape: [values.count / numLabels, numLabels])
    }
}

/// A model that cannot score pairs.
final class FakeEmbedder: EncoderModel {
    let kind = "SentenceTransformer"
    let parameters: [NamedParameter] = []
    var isTraining = false
    var usesGradientCheckpointing = false
    func save(to folder: String) throws {}
}

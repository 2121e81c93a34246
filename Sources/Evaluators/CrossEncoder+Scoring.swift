import Encoders
import Tensors

extension CrossEncoder: PairScoringModel {
    public func scores(for pairs: [TextPair], options: ScoringOptions) throws -> Tensor {
        try predict(pairs, options: PredictOptions(batchSize: options.batchSize, promptName: options.promptName, onBatch: options.onBatch))
    }
}

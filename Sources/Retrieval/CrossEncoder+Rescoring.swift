import Encoders
import Tensors

extension CrossEncoder: PairRescorer {
    public func rescore(_ pairs: [TextPair], options: BatchOptions) throws -> Tensor {
        try predict(pairs, options: PredictOptions(batchSize: options.batchSize, onBatch: options.onBatch))
    }
}

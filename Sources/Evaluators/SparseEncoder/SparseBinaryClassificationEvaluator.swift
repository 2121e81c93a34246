/// Measures how well the similarity of sparse embeddings tells pairs that belong together from others, and how sparse these are.
/// 
/// The keys of ``BinaryClassificationEvaluator``, then `active_dims` and `sparsity_ratio`, mean over all different texts.
public final class SparseBinaryClassificationEvaluator: BinaryClassificationEvaluator {
    public override func makeSparsityMeter() -> SparsityMeter? { SparsityMeter() }
}

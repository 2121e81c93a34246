/// Measures how the similarity of sparse embeddings follows given scores of pairs, and how sparse these are.
/// 
/// The keys of ``EmbeddingSimilarityEvaluator``, then `active_dims` and `sparsity_ratio`, mean over both texts of all pairs.
public final class SparseEmbeddingSimilarityEvaluator: EmbeddingSimilarityEvaluator {
    public override func makeSparsityMeter() -> SparsityMeter? { SparsityMeter() }
}

/// Measures how well sparse embeddings put the documents of each query in order, and how sparse these are.
/// 
/// The keys of ``RerankingEvaluator``, then `query_active_dims`, `query_sparsity_ratio`, `corpus_active_dims` and
/// `corpus_sparsity_ratio`: means over all texts, or over samples where these are embedded one after the other.
public final class SparseRerankingEvaluator: RerankingEvaluator {
    public override func makeSparsityMeter() -> SparsityMeter? { SparsityMeter(sides: ["query", "corpus"]) }
}

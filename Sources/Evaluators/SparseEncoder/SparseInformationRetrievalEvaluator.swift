/// Measures how well the documents of each query are found by sparse embeddings, and how sparse these are.
/// 
/// The keys of ``InformationRetrievalEvaluator``, then `query_active_dims`, `query_sparsity_ratio`, `corpus_active_dims`,
/// `corpus_sparsity_ratio` and `avg_flops`; see ``SparsityMeter``. Queries and pieces of the corpus stay sparse throughout.
public final class SparseInformationRetrievalEvaluator: InformationRetrievalEvaluator {
    public override func makeSparsityMeter() -> SparsityMeter? { SparsityMeter(sides: ["query", "corpus"], countsProducts: true) }
}

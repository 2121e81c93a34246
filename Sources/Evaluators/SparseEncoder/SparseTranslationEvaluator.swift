/// Measures how often the most similar text of the other language is the translation by sparse embeddings, and how sparse these are.
/// 
/// The keys of ``TranslationEvaluator``, then `active_dims` and `sparsity_ratio`, mean over both languages.
public final class SparseTranslationEvaluator: TranslationEvaluator {
    public override func makeSparsityMeter() -> SparsityMeter? { SparsityMeter() }
}

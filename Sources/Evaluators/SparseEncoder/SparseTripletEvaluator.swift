/// Measures how often an anchor is more similar to its positive than to its negative by sparse embeddings, and how sparse these are.
/// 
/// The keys of ``TripletEvaluator``, then `anchor_active_dims`, `anchor_sparsity_ratio`, and the same of `positive` and `negative`.
public final class SparseTripletEvaluator: TripletEvaluator {
    public override func makeSparsityMeter() -> SparsityMeter? { SparsityMeter(sides: ["anchor", "positive", "negative"]) }
}

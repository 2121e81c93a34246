/// Measures how far a student's sparse embeddings are from those of a teacher, and how sparse they are.
/// 
/// The key of ``MSEEvaluator``, then `active_dims` and `sparsity_ratio` of the student.
public final class SparseMSEEvaluator: MSEEvaluator {
    public override func makeSparsityMeter() -> SparsityMeter? { SparsityMeter() }
}

/// The sizes of a ``SparseAutoEncoder``.
public struct SparseAutoEncoderOptions: Equatable, Sendable {
    /// Elements of the dense embedding (`input_dim`).
    public var inputDimension: Int
    /// Elements of the sparse one (`hidden_dim`).
    public var hiddenDimension: Int
    /// Elements that stay (`k`).
    public var k: Int
    /// Dead latents that reconstruct on their own while training (`k_aux`); 0 for none.
    public var auxiliaryK: Int
    /// Whether inputs get mean 0 and deviation 1 first (`normalize`).
    public var normalizes: Bool
    /// Counts without use after which a latent is dead (`dead_threshold`).
    public var deadThreshold: Int

    public init(inputDimension: Int, hiddenDimension: Int = 512, k: Int = 8, auxiliaryK: Int = 512, normalizes: Bool = false,
                deadThreshold: Int = 30) {
        self.inputDimension = inputDimension
        self.hiddenDimension = hiddenDimension
        self.k = k
        self.auxiliaryK = auxiliaryK
        self.normalizes = normalizes
        self.deadThreshold = deadThreshold
    }

    /// - Throws: ``ModelError`` for sizes that are out of range.
    func check() throws {
        for (name, size) in [("input_dim", inputDimension), ("hidden_dim", hiddenDimension), ("k", k)] where size < 1 {
            throw ModelError("SparseAutoEncoder: \(name): a whole number above 0 is wanted, it is \(size)")
        }
        guard auxiliaryK >= 0 else { throw ModelError("SparseAutoEncoder: k_aux: it must not be negative, it is \(auxiliaryK)") }
        guard k <= hiddenDimension else { throw ModelError("SparseAutoEncoder: k is \(k), and there are only \(hiddenDimension) latents (hidden_dim)") }
    }
}

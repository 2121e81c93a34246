import Encoders
import JSON
import Losses
import Tensors

/// How well a `SparseAutoEncoder` can restore the dense embedding x: of k elements, of 4 k, and of dead latents what the k left over.
///
///     L_k   = mean of (x - x_k)^2
///     L_4k  = mean of (x - x_4k)^2 / 8
///     L_aux = beta mean of (x_aux - r)^2 / mean of (r - mean over rows of r)^2,   r = x - (x_k - b), a constant
///
/// each averaged over the columns. (Wen et al. 2025: Beyond Matryoshka, arXiv 2503.01776; Gao et al. 2024, arXiv 2406.04093.)
///
/// A part of ``CSRLoss``, not a loss of its own.
public final class CSRReconstructionLoss: Loss {
    public let name = "CSRReconstructionLoss"
    /// The weight of L_aux.
    public let beta: Double

    public init(beta: Double = 1) { self.beta = beta }

    public var requirements: LossRequirements? {
        LossRequirements(columns: [.text], allowsMoreColumns: true, labels: [.none], needsSparsityLoss: true)
    }
    public var configuration: JSONObject { ["beta": .number(beta)] }

    public func value(of batch: LossBatch) throws -> Tensor {
        throw LossError("CSRReconstructionLoss alone does not learn what texts are alike; use CSRLoss, which contains it")
    }

    /// The three terms by the names that logs give them, each one element.
    func terms(of columns: [Reconstruction]) throws -> [(name: String, value: Tensor)] {
        func mean(_ term: (Reconstruction) throws -> Tensor) throws -> Tensor { try Tensor.stack(columns.map(term), dim: 0).mean() }
        return [
            ("reconstruction_loss_k", try mean { try Functional.mse($0.backbone, $0.decoded) }),
            ("reconstruction_loss_4k", try mean { try Functional.mse($0.backbone, $0.decodedFourfold) }.dividing(by: 8)),
            ("reconstruction_loss_aux", try mean { column in
                guard let auxiliary = column.decodedAuxiliary else { return Tensor.scalar(0) }
                let rest = try column.backbone.subtracting(column.decodedWithoutBias.detach())
                let spread = try rest.mean(dim: 0, keepDim: true).subtracting(rest)
                let variance = try spread.multiplying(spread).mean()
                return try Functional.mse(auxiliary, rest).dividing(by: variance)
            }.multiplying(beta)),
        ]
    }
}

import Losses
import Tensors

/// One dataset of a run, with the loss that is computed on it. A run over a single dataset may leave it without a name.
public struct TrainingDataset {
    /// What logs, metrics and arguments call it; nil for the only one.
    public let name: String?
    public var rows: LossBatchSource
    public let loss: any Loss

    public init(name: String? = nil, rows: LossBatchSource, loss: any Loss) {
        self.name = name
        self.rows = rows
        self.loss = loss
    }

    /// The first `count` rows.
    func prefix(_ count: Int) -> TrainingDataset { TrainingDataset(name: name, rows: rows.prefix(count), loss: loss) }

    /// The loss of the given rows (from 0), on the tape.
    /// - Parameter role: which dataset this is, `training` or `eval`.
    /// - Throws: ``LossError``, which names a row by its place in the dataset.
    func loss(of chosen: [Int], _ role: String) throws -> Tensor {
        do {
            return try loss.value(of: rows.batch(chosen))
        } catch let error as LossError {
            throw error.located(in: chosen, of: title(role))
        }
    }

    /// The same as a number.
    func value(of chosen: [Int], _ role: String) throws -> Double {
        try Trainer.number(loss(of: chosen, role), of: loss)
    }

    /// `the training dataset`, or `the training dataset 'NAME'`.
    func title(_ role: String) -> String { "the \(role) dataset" + (name.map { " '\($0)'" } ?? "") }
}

extension [TrainingDataset] {
    /// Rows of all of them.
    var rowCount: Int { reduce(0) { $0 + $1.rows.rowCount } }

    /// The losses, each once, with the name of the first dataset that it is for.
    var losses: [(name: String?, loss: any Loss)] {
        var found: [(name: String?, loss: any Loss)] = []
        for dataset in self where !found.contains(where: { $0.loss === dataset.loss }) { found.append((dataset.name, dataset.loss)) }
        return found
    }

    /// The names of the losses, each once: `CoSENTLoss, MSELoss`.
    var lossNames: String {
        var names: [String] = []
        for dataset in self where !names.contains(dataset.loss.name) { names.append(dataset.loss.name) }
        return names.joined(separator: ", ")
    }
}

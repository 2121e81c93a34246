import Losses

/// One workload on sentx's side.
protocol Work {
    /// A number that the other side has to get as well, by work that also warms up: the loss without dropout, the mean size of an
    /// element of the embeddings, or the mean token id.
    func check(_ batch: LossBatch) throws -> Double

    /// What is timed, from texts to the result.
    func run(_ batch: LossBatch) throws
}

extension WorkDescription {
    /// Loads what the work needs.
    func work() throws -> any Work {
        switch task {
        case .encode: return try EncodingWork(self)
        case .tokenize: return try TokenizingWork(self)
        case .start: throw BenchmarkError("the time from the start of a process is not measured inside it")
        default: return try TrainingWork(self)
        }
    }
}

extension LossBatch {
    /// The texts of the first column.
    func firstTexts() throws -> [String] {
        try (inputs.first ?? []).map { cell in
            guard let text = cell.asString else { throw BenchmarkError("a text was to come through the pipe, it was \(cell)") }
            return text
        }
    }
}

import Datasets

extension Trainer {
    /// The sampler that the arguments ask for, over the rows of all training datasets; made once.
    func makeSampler() throws -> MultiDatasetBatchSampler {
        if let sampler { return sampler }
        let made = try freshSampler()
        sampler = made
        return made
    }

    private func freshSampler() throws -> MultiDatasetBatchSampler {
        let seed = arguments.dataSeed ?? arguments.seed
        let samplers = try train.enumerated().map { try makeSampler(of: $1, seed: MultiDatasetBatchSampler.seed(seed, dataset: $0)) }
        return MultiDatasetBatchSampler(arguments.multiDatasetBatchSampler, samplers: samplers, seed: seed)
    }

    private func makeSampler(of dataset: TrainingDataset, seed: UInt64) throws -> any BatchSampler {
        let (size, drop) = (arguments.trainBatchSize, arguments.dataloaderDropLast)
        switch arguments.batchSampler {
        case .batchSampler:
            return RandomBatchSampler(rowCount: dataset.rows.rowCount, batchSize: size, dropLast: drop, seed: seed)
        case .noDuplicates, .noDuplicatesHashed:
            return NoDuplicatesBatchSampler(columns: dataset.rows.inputs, batchSize: size, dropLast: drop, seed: seed)
        case .groupByLabel:
            guard let labels = dataset.rows.labels else {
                throw TrainingArgumentError("batch_sampler", "group_by_label needs a label column, \(dataset.title("training")) has none")
            }
            return try GroupByLabelBatchSampler(labels: labels, batchSize: size, dropLast: drop, seed: seed)
        }
    }
}

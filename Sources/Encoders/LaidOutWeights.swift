import Kernels

/// Weights laid out for products in one direction: made once, and again after a change of the weights.
///
/// Where a training step reads them only once they are not kept, since they would take memory until the next step, which needs new ones.
struct LaidOutWeights {
    private var panels: TilePanels?
    /// Of the weights when ``panels`` were made.
    private var versions: [Int] = []
    /// How often training has read weights of these versions, and those of the versions before.
    private var trainingUses = 0, formerTrainingUses = 1

    /// - Parameters:
    ///   - versions: of the weights' storages as they are.
    ///   - isTraining: whether a training step reads them.
    ///   - make: lays them out.
    mutating func panels(_ format: TileFormat, versions: [Int], isTraining: Bool, make: () -> TilePanels) -> TilePanels {
        if versions != self.versions {
            if trainingUses > 0 { formerTrainingUses = trainingUses }
            trainingUses = 0
            self.versions = versions
            // The old ones go first, so that the new ones take their memory.
            panels = nil
        }
        if panels?.format != format { panels = nil }
        let result = panels ?? make()
        if isTraining { trainingUses += 1 }
        panels = isTraining && trainingUses == 1 && formerTrainingUses == 1 ? nil : result
        return result
    }
}

import Encoders
import Files
import JSON
import SafeTensors

/// A checkpoint folder that has been read and found complete, not yet applied.
struct Checkpoint {
    static let stateFileName = "trainer_state.json"

    let folder: String
    let state: TrainerState
    let progress: RunProgress
    let weights: SavedWeights
    let memory: [String: ParameterMemory]

    /// Reads everything and checks it against model and optimizer, changing neither.
    /// - Throws: what is missing, damaged or does not fit.
    init(_ folder: String, model: any EncoderModel, learned: LearnedParameters, optimizer: any Optimizer) throws {
        self.folder = folder
        guard Folder.exists(folder) else { throw TrainingError("there is no checkpoint folder \(folder)") }
        let options = JSONParsingOptions(allowsNonFinite: true)
        let statePath = "\(folder)/\(Self.stateFileName)", progressPath = "\(folder)/\(RunProgress.fileName)"
        state = try TrainerState(json: JSONValue.parse(contentsOfFile: statePath, options: options), file: statePath)
        progress = try RunProgress(json: JSONValue.parse(contentsOfFile: progressPath, options: options), file: progressPath)
        weights = try SavedWeights(folder, for: model.storedParameters + learned.storedLosses)
        memory = try OptimizerFile.read(folder, for: optimizer)
        guard progress.peakRates.count == optimizer.groups.count else {
            throw TrainingError("\(progressPath): has learning rates for \(progress.peakRates.count) groups of parameters, this run has "
                + "\(optimizer.groups.count)")
        }
    }

    /// Writes a checkpoint: a kill at any moment leaves either nothing under its name or all of it.
    static func write(_ folder: String, model: any EncoderModel, learned: LearnedParameters, optimizer: (any Optimizer)?, state: TrainerState,
                      progress: RunProgress) throws {
        try AtomicFolder.replace(folder, keepsOtherEntries: false) { temporary in
            try model.save(to: temporary)
            if let optimizer { try OptimizerFile.write(optimizer, to: temporary) }
            if optimizer != nil, !learned.losses.isEmpty { try SavedWeights.write(learned.losses, to: "\(temporary)/\(LearnedParameters.lossFile)") }
            try AtomicFile.write(JSONValue.object(progress.json).serialized(pretty: true) + "\n", to: "\(temporary)/\(RunProgress.fileName)")
            try AtomicFile.write(JSONValue.object(state.json).serialized(pretty: true) + "\n", to: "\(temporary)/\(stateFileName)")
        }
    }
}

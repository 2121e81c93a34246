import Encoders
import Files
import JSON
import SafeTensors
import Tensors

/// A checkpoint folder that has been read and found complete, not yet applied.
struct Checkpoint {
    static let stateFileName = "trainer_state.json"

    let folder: String
    let state: TrainerState
    let progress: RunProgress
    private let digest: String?
    let weights: SavedWeights
    let memory: [String: ParameterMemory]

    var statePath: String { "\(folder)/\(Self.stateFileName)" }
    var progressPath: String { "\(folder)/\(RunProgress.fileName)" }

    /// Reads everything and checks it against model and optimizer, changing neither.
    /// - Throws: what is missing, damaged or does not fit.
    init(_ folder: String, model: any EncoderModel, learned: LearnedParameters, optimizer: any Optimizer) throws {
        self.folder = folder
        guard Folder.exists(folder) else { throw TrainingError("there is no checkpoint folder \(folder)") }
        let statePath = "\(folder)/\(Self.stateFileName)"
        state = try TrainerState(json: JSONValue.parse(contentsOfFile: statePath, options: JSONParsingOptions(allowsNonFinite: true)), file: statePath)
        let saved = try RunProgress.read(folder)
        progress = saved.progress
        digest = saved.digest
        weights = try SavedWeights(folder, for: model.storedParameters + learned.storedLosses)
        memory = try OptimizerFile.read(folder, for: optimizer)
        try checkRunState(optimizer)
        try checkTrainerState()
        try checkOptimizer(optimizer)
    }

    /// Whether the two files with numbers are as they were written together. To be asked last: it cannot tell which member was changed.
    func checkDigest() throws {
        guard digest == progress.digest(with: state) else {
            throw TrainingError("\(progressPath): its '\(RunProgress.digestKey)' does not fit what it and \(Self.stateFileName) hold, so one of "
                + "them was changed or damaged after it was written")
        }
    }

    /// Writes a checkpoint: a kill at any moment leaves either nothing under its name or all of it.
    static func write(_ folder: String, model: any EncoderModel, learned: LearnedParameters, optimizer: (any Optimizer)?, state: TrainerState,
                      progress: RunProgress) throws {
        try AtomicFolder.replace(folder, keepsOtherEntries: false) { temporary in
            try model.save(to: temporary)
            if let optimizer { try OptimizerFile.write(optimizer, to: temporary) }
            if optimizer != nil, !learned.losses.isEmpty { try SavedWeights.write(learned.losses, to: "\(temporary)/\(LearnedParameters.lossFile)") }
            try AtomicFile.write(JSONValue.object(progress.json(with: state)).serialized(pretty: true) + "\n",
                                 to: "\(temporary)/\(RunProgress.fileName)")
            try AtomicFile.write(JSONValue.object(state.json).serialized(pretty: true) + "\n", to: "\(temporary)/\(stateFileName)")
        }
    }
}

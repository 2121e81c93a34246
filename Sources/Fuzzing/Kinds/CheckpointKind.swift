import Files

/// Checkpoints from which a training goes on.
final class CheckpointKind: FuzzKind {
    static let name = "checkpoint"
    static let summary = "checkpoints that a training is resumed from"
    static let stopsAtInterrupt = true

    private let workspace: String
    private let source: String
    private static let folders = ["checkpoint-2", "checkpoint-4"]

    init(workspace: String) throws {
        self.workspace = workspace
        source = Path.join(workspace, "source")
        let models = Path.join(workspace, "models")
        guard !Folder.exists(Path.join(source, Self.folders[1])) else { return }
        try TinyModels.write(to: models)
        try ScriptHost().run(Self.script(models: models, output: source, resume: nil))
    }

    /// Six steps of a small run, from the start or from a checkpoint.
    private static func script(models: String, output: String, resume: String?) -> String {
        """
        sentx.manual_seed(3)
        local model = sentx.SentenceTransformer("\(models)/mean")
        local rows = {}
        for i = 1, 24 do rows[i] = { a = "cat " .. i, b = "mat " .. i * 7 } end
        local data = sentx.Dataset.from_list(rows, { columns = { "a", "b" } })
        local trainer = sentx.SentenceTransformerTrainer {
          model = model, train_dataset = data, loss = sentx.losses.MultipleNegativesRankingLoss(model),
          args = sentx.SentenceTransformerTrainingArguments {
            output_dir = "\(output)", run_name = "run", max_steps = 6, per_device_train_batch_size = 4, logging_steps = 1, learning_rate = 1e-3,
            save_strategy = \(resume == nil ? "\"steps\"" : "\"no\""), save_steps = 2, disable_tqdm = true,
          },
        }
        trainer:train { resume_from_checkpoint = \(resume.map { "\"\($0)\"" } ?? "false") }
        local embeddings = model:encode { "the cat", "a mat" }
        assert(embeddings:isnan():any():item() == false, "the model holds NaN")
        """
    }

    func seeds() throws -> [[UInt8]] {
        try Self.folders.map { folder in
            let files = try ["trainer_state.json", "run_state.json"].map { name -> (name: String, bytes: [UInt8]?) in
                (name, try FileContents.read(Path.join(Path.join(source, folder), name)))
            }
            return FolderInput(folder: folder, files: files).bytes
        }
    }

    func mutated(_ input: [UInt8], _ random: inout RandomSource) -> [UInt8] {
        FolderInput(input).mutated(&random, from: source) { name, bytes, random in
            if name.hasSuffix(".safetensors") { return SafeTensorsMutation.mutated(bytes, &random) }
            return name.hasSuffix(".json") ? JSONMutation.mutated(bytes, words: Self.words, &random) : ByteMutation.mutated(bytes, &random)
        }.bytes
    }

    private static let words = [
        "global_step", "epoch", "max_steps", "log_history", "best_metric", "best_model_checkpoint", "best_global_step", "step", "seconds", "position", "batch", "losses", "steps",
        "baseline", "generator", "seed", "stream", "learning_rates", "callbacks", "data", "datasets", "rows", "isStopped", "NaN", "started_at",
    ]

    func attempt(_ input: [UInt8]) throws {
        let output = Path.join(workspace, "output-folder"), input = FolderInput(input)
        try? Folder.remove(output)
        let checkpoint = Path.join(output, Self.folders.contains(input.folder) ? input.folder : Self.folders[0])
        try input.write(to: checkpoint, from: source, names: Self.folders)
        try ScriptHost().run(Self.script(models: Path.join(workspace, "models"), output: output, resume: checkpoint))
    }
}

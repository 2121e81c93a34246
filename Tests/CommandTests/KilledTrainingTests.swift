import Foundation
import Testing

/// Training that is killed and resumed, as a user's machine may do it to a script.
@Suite(.serialized) struct KilledTrainingTests {
    /// A small reranker with dropout, rows made on the spot, a checkpoint every second step.
    private static let script = """
        local sentx = require "sentx"
        local rows, words = { query = {}, document = {}, label = {} }, { "berlin", "river", "cat", "dog", "house", "tree", "water", "city" }
        for i = 1, 96 do
          rows.query[i] = words[i % 8 + 1] .. " " .. words[i * 3 % 7 + 1]
          rows.document[i] = words[(i % 2 == 0 and i or i * 5 + 3) % 8 + 1] .. " is the " .. words[i * 7 % 5 + 1]
          rows.label[i] = i % 2 == 0 and 1 or 0
        end
        local model = sentx.CrossEncoder(arg[1], { num_labels = 1, max_length = 32 })
        sentx.CrossEncoderTrainer {
          model = model, train_dataset = sentx.Dataset.from_table(rows), loss = sentx.losses.BinaryCrossEntropyLoss(model),
          args = { output_dir = arg[2], num_train_epochs = 4, per_device_train_batch_size = 4, gradient_accumulation_steps = 1,
                   learning_rate = 1e-3, warmup_steps = 0.1, save_steps = 2, save_total_limit = 2, logging_steps = 10,
                   preflight = "warn", resume_from_checkpoint = true },
        }:train()
        model:save_pretrained(arg[2] .. "/final")
        """

    @Test func killsAtRandomMomentsDoNotChangeTheWeights() throws {
        let folder = NSTemporaryDirectory() + "killed-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try withScript(Self.script) { script in
            let begin = Date()
            let straight = try start(script, folder, "straight")
            straight.waitUntilExit()
            #expect(straight.terminationStatus == 0)
            let length = Date().timeIntervalSince(begin)
            var kills = 0, longest = max(0.1, length / 5)
            while kills < 10 {
                let process = try start(script, folder, "killed")
                Thread.sleep(forTimeInterval: .random(in: 0.02 ... longest))
                let isRunning = process.isRunning
                if isRunning {
                    kill(process.processIdentifier, SIGKILL)
                    kills += 1
                }
                process.waitUntilExit()
                if isRunning { continue }
                // The run got to its end. On a machine that was busy during the first run that can be too soon: once more, and faster.
                if kills >= 3 || longest < 0.03 { break }
                try FileManager.default.removeItem(atPath: "\(folder)/killed")
                (kills, longest) = (0, longest / 2)
            }
            let last = try start(script, folder, "killed")
            last.waitUntilExit()
            #expect(last.terminationStatus == 0 && kills >= 3, "\(kills) kills in runs of \(length) s")
            for name in ["final/model.safetensors", "checkpoint-96/optimizer.safetensors"] {
                let (a, b) = (FileManager.default.contents(atPath: "\(folder)/straight/\(name)"),
                    FileManager.default.contents(atPath: "\(folder)/killed/\(name)"))
                #expect(a != nil && a == b, "\(name) after \(kills) kills")
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/killed").sorted()
            #expect(left == ["checkpoint-94", "checkpoint-96", "final"])
        }
    }

    private func start(_ script: String, _ folder: String, _ run: String) throws -> Process {
        let model = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("EncodersTests/Fixtures/ranker").path
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent("sentx-run")
        process.arguments = [script, model, "\(folder)/\(run)"]
        process.environment = ProcessInfo.processInfo.environment.merging(["SENTX_LOG_DIR": "\(folder)/logs", "SENTX_NUM_THREADS": "1"]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        return process
    }
}

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
                   preflight = "warn", disable_tqdm = true, resume_from_checkpoint = true },
        }:train()
        model:save_pretrained(arg[2] .. "/final")
        """

    /// Kills in all; `SENTX_TEST_KILLS=200` asks for more than the few of every day.
    private static let wantedKills = ProcessInfo.processInfo.environment["SENTX_TEST_KILLS"].flatMap { Int($0) } ?? 5

    @Test func killsAtRandomMomentsDoNotChangeTheWeights() throws {
        let folder = NSTemporaryDirectory() + "killed-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try withScript(Self.script) { script in
            let begin = Date()
            let straight = try start(script, folder, "straight")
            straight.waitUntilExit()
            #expect(straight.terminationStatus == 0)
            var longest = max(0.1, Date().timeIntervalSince(begin) / 3)
            var kills = 0, rounds = 0
            while kills < Self.wantedKills, rounds < 10 * Self.wantedKills {
                rounds += 1
                let own = try killedRun(script, folder, longest, atMost: Self.wantedKills - kills)
                kills += own
                // The run got to its end between few kills: they have to come sooner.
                if own < 3 { longest = max(0.05, longest * 0.8) }
                try expectSameEnd(folder, "\(own) kills in round \(rounds)")
                try FileManager.default.removeItem(atPath: "\(folder)/killed")
            }
            #expect(kills >= Self.wantedKills, "\(kills) kills in \(rounds) rounds")
        }
    }

    /// Starts a run, kills it and takes it up again at random moments until it gets to its end.
    /// - Returns: the number of kills.
    private func killedRun(_ script: String, _ folder: String, _ longest: Double, atMost limit: Int) throws -> Int {
        var kills = 0
        while true {
            let process = try start(script, folder, "killed")
            if kills < limit { Thread.sleep(forTimeInterval: .random(in: 0.01 ... longest)) }
            if kills < limit, process.isRunning {
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                if process.terminationReason == .uncaughtSignal {
                    kills += 1
                    continue
                }
            }
            process.waitUntilExit()
            #expect(process.terminationReason == .exit && process.terminationStatus == 0, "after \(kills) kills")
            return kills
        }
    }

    private func expectSameEnd(_ folder: String, _ what: String) throws {
        for name in ["final/model.safetensors", "checkpoint-96/model.safetensors", "checkpoint-96/optimizer.safetensors"] {
            let (a, b) = (FileManager.default.contents(atPath: "\(folder)/straight/\(name)"),
                FileManager.default.contents(atPath: "\(folder)/killed/\(name)"))
            #expect(a != nil && a == b, "\(name) after \(what)")
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/killed").sorted()
        #expect(left == ["checkpoint-94", "checkpoint-96", "final"], "\(what)")
    }

    @Test func aSecondTrainingIntoTheSameFolderIsToldWhoIsThere() throws {
        let folder = NSTemporaryDirectory() + "shared-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try withScript(Self.script) { script in
            let first = try start(script, folder, "out")
            let lock = "\(folder)/out/.training-lock"
            let patience = Date().addingTimeInterval(60)
            while (FileManager.default.contents(atPath: lock) ?? Data()).isEmpty, first.isRunning, Date() < patience { Thread.sleep(forTimeInterval: 0.005) }
            // It stands still, so that it is sure to be there.
            kill(first.processIdentifier, SIGSTOP)
            let second = try runCommand("sentx-run", [script, Self.model, "\(folder)/out"],
                                        environment: ["SENTX_LOG_DIR": "\(folder)/logs", "SENTX_NUM_THREADS": "1"])
            #expect(second.code == 1)
            #expect(second.error.contains("another training writes to \(folder)/out: process \(first.processIdentifier) on "), "\(second.error)")
            #expect(second.output.contains("is written by another run too (process \(first.processIdentifier))"), "\(second.output)")
            kill(first.processIdentifier, SIGCONT)
            first.waitUntilExit()
            #expect(first.terminationStatus == 0 && !FileManager.default.fileExists(atPath: lock))
        }
    }

    private static let model = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("EncodersTests/Fixtures/ranker").path

    private func start(_ script: String, _ folder: String, _ run: String) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent("sentx-run")
        process.arguments = [script, Self.model, "\(folder)/\(run)"]
        process.environment = ProcessInfo.processInfo.environment.merging(["SENTX_LOG_DIR": "\(folder)/logs", "SENTX_NUM_THREADS": "1"]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        return process
    }
}

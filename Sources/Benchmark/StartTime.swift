import JSON

/// From the start of a process to the first embedding that it prints.
struct StartTime {
    /// Print one line when there is an embedding.
    let commands: [Contestant: [String]]
    let threads: Int

    /// - Parameters:
    ///   - sentxRun: the program that runs scripts.
    ///   - python: the interpreter of the reference's environment.
    init(sentxRun: String, python: String, model: String, threads: Int) {
        let text = "A man is playing a large flute."
        commands = [
            .sentx: [sentxRun, "-e", """
                local model = require("sentx").SentenceTransformer(arg[1])
                print(#model:encode({ "\(text)" }))
                """, model],
            .reference: [python, "-c", """
                import sys
                from sentence_transformers import SentenceTransformer
                print(len(SentenceTransformer(sys.argv[1], device="cpu").encode(["\(text)"])), flush=True)
                """, model],
        ]
        self.threads = threads
    }

    func result(_ workload: Workload, rounds: Int) throws -> WorkloadResult {
        var result = WorkloadResult(workload)
        for _ in 0..<rounds {
            result.operations.append(0)
            for (side, command) in commands.sorted(by: { $0.key.rawValue > $1.key.rawValue }) {
                var measurement = result[side, .fp32] ?? Measurement()
                let environment = ["SENTX_NUM_THREADS": "\(threads)", "OMP_NUM_THREADS": "\(threads)", "HF_HUB_OFFLINE": "1"]
                var process: ChildProcess?
                measurement.seconds.append(try Stopwatch.seconds {
                    process = try ChildProcess(command, environment: environment)
                    _ = try process?.readLine()
                })
                measurement.peakMebibytes = max(measurement.peakMebibytes, process?.finish() ?? 0)
                result[side, .fp32] = measurement
            }
        }
        return result
    }
}

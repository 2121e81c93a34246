import JSON

/// The reference: one program that has imported it and forks a process for each workload.
final class ReferenceSide {
    private let process: ChildProcess
    private var sessions: Int64 = 0

    /// - Parameter command: starts `reference.py`.
    init(command: [String], threads: Int) throws {
        // The tokenizers of the reference take their threads from the environment.
        process = try ChildProcess(command, environment: [
            "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "true", "RAYON_NUM_THREADS": "\(threads)", "OMP_NUM_THREADS": "\(threads)",
        ])
    }

    /// Names and versions of what is compared with.
    func versions() throws -> [(name: String, version: String)] {
        try ask(["do": "versions"]).asObject.map { $0.map { ($0.key, $0.value.asString ?? "?") } } ?? []
    }

    /// Folders of models with random parts, the same for both sides.
    /// - Parameters:
    ///   - base: the folder of all-MiniLM-L6-v2.
    ///   - folder: where they are made, unless they are there.
    func models(_ kinds: [Workload.Model], base: String, in folder: String) throws -> [Workload.Model: String] {
        let answer = try ask(["do": "models", "base": .string(base), "folder": .string(folder),
                              "kinds": .array(kinds.map { .string($0.rawValue) })])
        return try Dictionary(uniqueKeysWithValues: kinds.map { kind in
            guard let path = answer[kind.rawValue]?.asString else { throw BenchmarkError("the reference made no model '\(kind.rawValue)'") }
            return (kind, path)
        })
    }

    func open(_ description: WorkDescription) throws -> WorkSession {
        sessions += 1
        let session = JSONValue.integer(sessions)
        var request = description.json
        request["do"] = "open"
        request["session"] = session
        _ = try ask(request)
        return WorkSession(ask: { [self] request in
            var request = request
            request["session"] = session
            return try ask(request)
        })
    }

    private func ask(_ request: JSONObject) throws -> JSONValue {
        try process.send(JSONValue.object(request).serialized())
        return try .answer(process.readLine(), of: .reference)
    }
}

import JSON

/// Opens workloads in processes of this program.
struct SentxSide {
    /// `sentx-bench`
    let program: String

    func open(_ description: WorkDescription) throws -> WorkSession {
        let process = try ChildProcess([program, "serve"], environment: ["SENTX_NUM_THREADS": "\(description.threads)"])
        func ask(_ request: JSONObject) throws -> JSONValue {
            try process.send(JSONValue.object(request).serialized())
            return try .answer(process.readLine(), of: .sentx)
        }
        _ = try ask(description.json)
        return WorkSession(ask: ask, finish: { process.finish() })
    }
}

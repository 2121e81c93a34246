import JSON
import Losses

/// Who does the work.
public enum Contestant: String, CaseIterable, Sendable {
    case sentx
    case reference
}

/// One workload opened on one side, in its own process.
final class WorkSession {
    private let ask: (JSONObject) throws -> JSONValue
    private let finish: () -> Void
    private var isOpen = true

    /// - Parameter ask: gives the answer to a request; `finish` is called after the last one.
    init(ask: @escaping (JSONObject) throws -> JSONValue, finish: @escaping () -> Void = {}) {
        self.ask = ask
        self.finish = finish
    }

    /// See ``Work/check(_:)``.
    func check(_ batch: LossBatch) throws -> Double { try number("check", in: ask(["do": "check", "batch": batch.json])) }

    /// Seconds that the batch takes.
    func unit(_ batch: LossBatch) throws -> Double { try number("seconds", in: ask(["do": "unit", "batch": batch.json])) }

    /// Ends the process.
    /// - Returns: the peak of its resident memory in MiB, and its measured peak of matrix products in GFLOP/s.
    func close() throws -> (mebibytes: Double, gigaflops: Double) {
        isOpen = false
        defer { finish() }
        let answer = try ask(["do": "close"])
        return (try number("peak_mebibytes", in: answer), try number("peak_gigaflops", in: answer))
    }

    /// A session that an error has left open.
    deinit {
        if isOpen { _ = try? close() }
    }

    private func number(_ key: String, in answer: JSONValue) throws -> Double {
        guard let number = answer[key]?.asNumber else { throw BenchmarkError("an answer without \(key): \(answer.serialized())") }
        return number
    }
}

extension JSONValue {
    /// An answer of a side.
    /// - Throws: ``BenchmarkError`` if it reports an error.
    static func answer(_ line: String, of side: Contestant) throws -> JSONValue {
        let answer = try JSONValue.parse(line, options: JSONParsingOptions(allowsNonFinite: true))
        if let error = answer["error"]?.asString { throw BenchmarkError("\(side.rawValue): \(error)") }
        return answer
    }
}

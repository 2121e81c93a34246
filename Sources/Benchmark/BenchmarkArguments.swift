import TextFormat

/// What `sentx-bench compare` and `sentx-bench run` are asked for.
public struct BenchmarkArguments: Equatable, Sendable {
    /// The parts of a comparison.
    public enum Part: String, CaseIterable, Sendable {
        /// sentx beside the reference.
        case speed
        /// One thread and all.
        case threads
        /// Steps of several sizes.
        case tokens
        /// With and without gradient checkpointing.
        case memory
        /// Encoding in bytes.
        case int8
    }

    /// The folder of all-MiniLM-L6-v2.
    public var model = ""
    /// A CSV file without header: text, text, score from 0 to 5.
    public var data = ""
    /// Where folders with random models are made; empty for none.
    public var models = ""
    /// The interpreter of the reference's environment.
    public var python = ""
    /// `reference.py`
    public var reference = ""
    /// `sentx-run`
    public var sentxRun = ""
    /// Names of workloads; empty for all.
    public var only: [String] = []
    public var rounds: Int?
    public var threads: Int?
    public var isQuick = false
    /// The page to write results to; nil prints them only.
    public var page: String?
    /// Empty for ``Part/speed``, or for all if a page is written.
    public var parts: [Part] = []
    public var precisions: [BenchmarkPrecision] = []

    /// - Throws: ``BenchmarkError`` for an option that does not exist or a value that does not fit.
    public init(_ arguments: [String]) throws {
        var rest = arguments[...]
        while let option = rest.popFirst() {
            if option == "--quick" {
                isQuick = true
                continue
            }
            guard Self.options.contains(option) else {
                let hint = nearestName(to: option, in: Self.options + ["--quick"]).map { "; did you mean \($0)?" } ?? ""
                throw BenchmarkError("unknown option '\(option)'\(hint) (sentx-bench --help)")
            }
            guard let value = rest.popFirst() else { throw BenchmarkError("\(option) needs a value") }
            switch option {
            case "--model": model = value
            case "--data": data = value
            case "--models": models = value
            case "--python": python = value
            case "--reference": reference = value
            case "--sentx-run": sentxRun = value
            case "--only": only = Self.names(value)
            case "--rounds": rounds = try Self.count(value, option)
            case "--threads": threads = try Self.count(value, option)
            case "--page": page = value
            case "--parts": parts = try Self.choices(value, option)
            default: precisions = try Self.choices(value, option)
            }
        }
        _ = try Workload.named(only)
    }

    static let options = [
        "--model", "--data", "--models", "--python", "--reference", "--sentx-run", "--only", "--rounds", "--threads", "--page", "--parts",
        "--precision",
    ]

    /// - Throws: ``BenchmarkError`` naming the first of the options that is not there.
    public func require(_ options: [(name: String, value: String)]) throws {
        guard let missing = options.first(where: \.value.isEmpty) else { return }
        throw BenchmarkError("\(missing.name) is needed; scripts/bench/compare.sh gives it")
    }

    /// The chosen workloads, in their small form if that is asked for.
    public var workloads: [Workload] {
        let chosen = (try? Workload.named(only)) ?? []
        return (chosen.isEmpty ? Workload.all : chosen).map { isQuick ? $0.quick : $0 }
    }

    /// The chosen parts.
    public var chosenParts: [Part] { parts.isEmpty ? (page == nil ? [.speed] : Part.allCases) : parts }

    private static func names(_ text: String) -> [String] {
        text.split(separator: ",").map { String($0.filter { $0 != " " }) }
    }

    private static func count(_ text: String, _ option: String) throws -> Int {
        guard let number = Int(text), number > 0 else { throw BenchmarkError("\(option) needs a whole number above 0, got '\(text)'") }
        return number
    }

    private static func choices<Choice: RawRepresentable & CaseIterable>(_ text: String, _ option: String) throws -> [Choice]
    where Choice.RawValue == String {
        try names(text).map { name in
            guard let choice = Choice(rawValue: name) else {
                let known = Choice.allCases.map { $0.rawValue }.joined(separator: ", ")
                throw BenchmarkError("\(option): '\(name)' is not known; known are \(known)")
            }
            return choice
        }
    }
}

import _StringProcessing
import Files

/// An input that does what no input may, as it is kept in a file.
struct Finding {
    let kind: String
    let outcome: Outcome
    /// Where it happened, as far as it is known: `file:line` and the function.
    let place: String?
    /// The last words of the process.
    let message: String

    /// - Parameter output: what the process printed, with a backtrace at its end.
    init(kind: String, outcome: Outcome, output: String) {
        self.kind = kind
        self.outcome = outcome
        place = Self.place(in: output)
        let lines = output.split(separator: "\n").map(String.init)
        let words = lines.filter { line in ["wrong answer:", "Fatal error", "ERROR: AddressSanitizer", "cannot"].contains { line.contains($0) } }
        message = String((words.first ?? "").prefix(500))
    }

    /// What two findings with the same cause share.
    var cause: String { "\(kind) \(outcome.name) \(place ?? message.filter { !$0.isNumber })" }

    /// The first place of a backtrace that lies in this package.
    private static func place(in output: String) -> String? {
        for line in output.split(separator: "\n") {
            guard let start = line.firstRange(of: "/Sources/") else { continue }
            let file = line[start.lowerBound...].dropFirst()
            // The fuzzer itself stands below everything.
            guard !file.hasPrefix("Sources/Fuzzing"), !file.hasPrefix("Sources/sentx-fuzz") else { return nil }
            let function = line.firstRange(of: " in ").map { String(line[..<$0.lowerBound]) } ?? ""
            let name = function.split(separator: " ").drop { $0.allSatisfy(\.isNumber) || $0.hasPrefix("0x") || $0.hasPrefix("[") || $0.hasPrefix("#") }
            return "\(file) \(name.joined(separator: " ").prefix(120))"
        }
        return nil
    }

    /// Writes the input below `folder` and returns its path.
    func save(_ input: [UInt8], in folder: String, output: String) throws -> String {
        let path = Path.join(folder, "\(kind)/\(outcome.name)-\(Self.hash(input))")
        try AtomicFile.write(input, to: path)
        try AtomicFile.write("\(cause)\n\(message)\n\n\(output.prefix(20_000))", to: path + ".report")
        return path
    }

    /// FNV-1a, in hexadecimal.
    private static func hash(_ bytes: [UInt8]) -> String {
        String(bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } as UInt64, radix: 16)
    }
}

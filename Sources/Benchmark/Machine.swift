import Files
import Glibc
import TextFormat

/// The machine that is measured on.
public struct Machine: Equatable, Sendable {
    public let processor: String
    public let processorCount: Int
    /// The instruction sets that decide the speed of matrix products.
    public let instructionSets: [String]
    public let gibibytes: Int
    public let system: String

    /// This machine.
    public init() {
        let information = Self.text("/proc/cpuinfo"), memory = Self.text("/proc/meminfo"), release = Self.text("/etc/os-release")
        self.init(information: information, memory: memory, release: release, processorCount: sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }

    /// - Parameters: the texts of `/proc/cpuinfo`, `/proc/meminfo` and `/etc/os-release`.
    package init(information: String, memory: String, release: String, processorCount: Int) {
        processor = Self.value(of: "model name", in: information, separator: ":") ?? "unknown processor"
        let flags = Set((Self.value(of: "flags", in: information, separator: ":") ?? "").split(separator: " "))
        instructionSets = ["avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16"].filter { flags.contains($0[...]) }
        let kibibytes = Self.value(of: "MemTotal", in: memory, separator: ":")?.split(separator: " ").first.flatMap { Double($0) } ?? 0
        gibibytes = Int((kibibytes / 1_048_576).rounded())
        system = Self.value(of: "PRETTY_NAME", in: release, separator: "=")?.filter { $0 != "\"" } ?? "Linux"
        self.processorCount = processorCount
    }

    /// A sentence without its end.
    public var description: String {
        "\(processor), \(processorCount) processors (\(instructionSets.joined(separator: ", "))), \(gibibytes) GiB, \(system)"
    }

    /// The date of today in UTC, as 2026-01-31.
    public static var today: String {
        var now = time(nil), parts = tm()
        gmtime_r(&now, &parts)
        let two: (Int32) -> String = { $0 < 10 ? "0\($0)" : "\($0)" }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
    }

    private static func text(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        // Files under /proc have no size that could be asked for.
        var bytes: [UInt8] = [], part = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&part, 1, part.count, file), count > 0 { bytes += part[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func value(of key: String, in text: String, separator: Character) -> String? {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: separator, maxSplits: 1)
            if parts.count == 2, trimmed(parts[0]) == key { return trimmed(parts[1]) }
        }
        return nil
    }

    private static func trimmed(_ text: Substring) -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}

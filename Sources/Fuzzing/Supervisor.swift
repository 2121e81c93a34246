import Files
import Glibc

/// Runs a kind: starts workers, takes up what they died of, makes it small and tells of it.
package struct Supervisor {
    package struct Settings {
        package var seconds = 60.0
        package var seed: UInt64 = 0
        package var findings = ".cache/fuzz"
        /// Seconds for making a finding smaller.
        package var minimiseSeconds = 20.0
        /// The most inputs; nil for no limit.
        package var inputs: Int?
        package var limits = Limits()
        /// Where workers work; a folder of its own is made there for each run.
        package var scratch = "/dev/shm"

        package init() {}
    }

    private let type: any FuzzKind.Type
    private let settings: Settings
    private let print: (String) -> Void

    package init(_ type: any FuzzKind.Type, _ settings: Settings, print: @escaping (String) -> Void) {
        self.type = type
        self.settings = settings
        self.print = print
    }

    /// Runs for the time that is set.
    /// - Returns: how many different findings there were.
    package func run() throws -> Int {
        try withWorkspace { workspace in
            let end = Stopwatch(seconds: settings.seconds), watched = WatchedRun(workspace: workspace, limits: settings.limits, interrupts: type.stopsAtInterrupt)
            let current = try CurrentInput(workspace: workspace)
            var known: [String: Int] = [:], starts = 0, deaths = 0
            repeat {
                let begun = current.begun
                let task = ["--seconds", "\(end.remaining)", "--seed", "\(settings.seed &+ UInt64(starts) &* 1_000_003)"]
                    + (settings.inputs.map { ["--inputs", "\(max(0, $0 - Int(clamping: begun)))"] } ?? [])
                starts += 1
                guard let (outcome, output) = try watched.run(["--worker", type.name, workspace] + task) else { break }
                guard current.isRunning || current.begun > begun else {
                    throw FileError("cannot run", path: type.name, reason: "the worker ended by \(outcome.name) before it tried anything: \(output.prefix(1000))")
                }
                deaths += 1
                let finding = Finding(kind: type.name, outcome: outcome, output: output)
                known[finding.cause, default: 0] += 1
                if known[finding.cause] == 1 { try report(finding, current.bytes, output, workspace) }
            } while !end.isOver
            summarise(current, known, deaths)
            return known.count
        }
    }

    private func summarise(_ current: CurrentInput, _ known: [String: Int], _ deaths: Int) {
        print("\(type.name): \(current.begun) inputs, \(current.accepted) accepted, \(known.count) findings"
            + (deaths > known.count ? " (\(deaths) times)" : ""))
    }

    private func report(_ finding: Finding, _ input: [UInt8], _ output: String, _ workspace: String) throws {
        let alone = workspace + "-alone"
        try Folder.create(alone)
        defer { try? Folder.remove(alone) }
        func repeats(_ candidate: [UInt8]) throws -> Bool { try tried(candidate, alone, wantsPlace: false)?.outcome == finding.outcome }
        // Memory that is not given back, for one, is not the fault of the last input.
        let isAlone = try repeats(input)
        let smallest = isAlone ? try Minimiser(seconds: settings.minimiseSeconds, stillFails: repeats).minimised(input) : input
        let path = try finding.save(smallest, in: settings.findings, output: output)
        print("\(type.name): \(finding.outcome.name) at \(finding.place ?? "an unknown place")\(finding.message.isEmpty ? "" : ": \(finding.message)")"
            + "; \(smallest.count) bytes; "
            + (isAlone ? "repeat: scripts/fuzz.sh --repeat \(path)" : "not by this input alone, but after those before it; the last one is \(path)"))
    }

    /// Tries a file that was kept.
    /// - Returns: whether it still does what no input may.
    package func `repeat`(_ path: String) throws -> Bool {
        let input = try FileContents.read(path)
        return try withWorkspace { workspace in
            guard let (outcome, output) = try tried(input, workspace, wantsPlace: true) else {
                print("\(type.name): \(path) does no harm")
                return false
            }
            let finding = Finding(kind: type.name, outcome: outcome, output: output)
            print("\(type.name): \(outcome.name) at \(finding.place ?? "an unknown place")\n\(output)")
            return true
        }
    }

    private func tried(_ input: [UInt8], _ workspace: String, wantsPlace: Bool) throws -> (outcome: Outcome, output: String)? {
        let file = Path.join(workspace, "input")
        try PlainFile.write(input, to: file)
        var watched = WatchedRun(workspace: workspace, limits: settings.limits, interrupts: type.stopsAtInterrupt)
        watched.wantsPlace = wantsPlace
        return try watched.run(["--try", type.name, workspace, file])
    }

    private func withWorkspace<Result>(_ body: (String) throws -> Result) throws -> Result {
        // Memory where there is some: attempts write and remove many small files.
        let place = access(settings.scratch, W_OK) == 0 ? settings.scratch : getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(place)/sentx-fuzz-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw FileError("cannot create folder", path: place, code: errno) }
        let workspace = String(cString: made)
        defer { try? Folder.remove(workspace) }
        return try body(workspace)
    }
}

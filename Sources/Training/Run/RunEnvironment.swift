import Glibc

/// What a run takes from the process it lives in.
public struct RunEnvironment {
    /// The folder of `RUN_NAME.log` and `experiments.md`; nil writes neither.
    public var logFolder: String? = "logs"
    /// Whether the run is a smoke test: little data, one step.
    public var isSmokeTest = false
    /// Whether progress is drawn as a bar.
    public var showsBar = false
    /// Gets every line of the run; nil is standard output.
    public var write: ((String) -> Void)?

    public init() {}

    /// Whether `SMOKE_TEST` is set, to anything but empty or 0.
    public static var isSmokeTest: Bool { getenv("SMOKE_TEST").map { !["", "0"].contains(String(cString: $0)) } ?? false }

    /// Reads `SMOKE_TEST` and `SENTX_LOG_DIR` (`logs` by default), and looks whether standard error is a terminal.
    public static func ofProcess() -> RunEnvironment {
        var environment = RunEnvironment()
        if let folder = getenv("SENTX_LOG_DIR"), folder.pointee != 0 { environment.logFolder = String(cString: folder) }
        environment.isSmokeTest = isSmokeTest
        environment.showsBar = isatty(STDERR_FILENO) != 0
        return environment
    }
}

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

    /// Reads `SMOKE_TEST` (any value but empty or 0) and `SENTX_LOG_DIR` (`logs` by default), and looks whether standard
    /// error is a terminal.
    public static func ofProcess() -> RunEnvironment {
        var environment = RunEnvironment()
        if let folder = getenv("SENTX_LOG_DIR"), folder.pointee != 0 { environment.logFolder = String(cString: folder) }
        if let value = getenv("SMOKE_TEST") { environment.isSmokeTest = !["", "0"].contains(String(cString: value)) }
        environment.showsBar = isatty(STDERR_FILENO) != 0
        return environment
    }
}

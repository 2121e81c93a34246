/// How `sentx-run` ends, unless the script itself calls `os.exit`. The numbers above 63 are those of sysexits.h.
enum ExitCode: Int32, CaseIterable {
    case success = 0
    case scriptFailed = 1
    case usage = 64
    case doesNotCompile = 65
    case cannotRead = 66
    case inputOutput = 74
    case interrupted = 130

    var meaning: String {
        switch self {
        case .success: return "the script ran to its end"
        case .scriptFailed: return "the script raised an error"
        case .usage: return "the command line is wrong"
        case .doesNotCompile: return "the script is not valid Lua"
        case .cannotRead: return "the script cannot be read"
        case .inputOutput: return "standard output cannot be written, or a file became shorter while it was in use"
        case .interrupted: return "Ctrl-C ended it"
        }
    }
}

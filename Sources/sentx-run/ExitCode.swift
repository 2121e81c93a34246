/// How `sentx-run` ends, unless the script itself calls `os.exit`. The numbers above 63 are those of sysexits.h.
enum ExitCode: Int32, CaseIterable {
    case success = 0
    case scriptFailed = 1
    case usage = 64
    case doesNotCompile = 65
    case cannotRead = 66
    case internalError = 70
    case outOfMemory = 71
    case inputOutput = 74
    case environment = 78
    case interrupted = 130

    var meaning: String {
        switch self {
        case .success: return "the script ran to its end"
        case .scriptFailed: return "the script raised an error"
        case .usage: return "the command line is wrong"
        case .doesNotCompile: return "the script is not valid Lua"
        case .cannotRead: return "the script cannot be read"
        case .internalError: return "there is a mistake in the program itself"
        case .outOfMemory: return "memory that it needs cannot be had"
        case .inputOutput: return "standard output cannot be written, or a file became shorter while it was in use"
        case .environment: return "a setting of the environment makes no sense"
        case .interrupted: return "Ctrl-C ended it"
        }
    }
}

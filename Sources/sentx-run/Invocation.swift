/// What the command line asks for.
enum Invocation: Equatable {
    enum Source: Equatable {
        case file(String)
        case code(String)
        case standardInput
    }

    case help
    case version
    case apiDocumentation
    case run(Source, arguments: [String])

    /// - Parameter arguments: without the program's name.
    /// - Throws: ``UsageError``.
    init(_ arguments: [String]) throws {
        guard let first = arguments.first else { throw UsageError(description: "no script given") }
        let rest = Array(arguments.dropFirst())
        switch first {
        case "--help", "-h": self = .help
        case "--version", "-v": self = .version
        case "--api-docs": self = .apiDocumentation
        case "-": self = .run(.standardInput, arguments: rest)
        case "-e":
            guard let code = rest.first else { throw UsageError(description: "-e needs the code to run") }
            self = .run(.code(code), arguments: Array(rest.dropFirst()))
        case "--":
            guard let file = rest.first else { throw UsageError(description: "no script given") }
            self = .run(.file(file), arguments: Array(rest.dropFirst()))
        case _ where first.hasPrefix("-"): throw UsageError(description: "unknown option '\(first)'")
        default: self = .run(.file(first), arguments: rest)
        }
    }

    static var usage: String {
        let codes = ExitCode.allCases.map { code in
            String(repeating: " ", count: 5 - "\(code.rawValue)".count) + "\(code.rawValue)  \(code.meaning)"
        }
        return """
            usage: sentx-run FILE.lua [arguments]
                   sentx-run -e 'code' [arguments]
                   sentx-run - [arguments]          reads the script from standard input
            Runs a Lua script with sentx. The arguments are in the table `arg` and in `...`.
            A script whose first comment, in --[[ and ]], has a line `sentx-run NAME.lua` is held to what
            it says there: --help prints it, and options that it does not have are refused.
              --help      this text
              --version   the version
              --api-docs  the reference of all functions and classes, in Markdown
            exit codes:
            \(codes.joined(separator: "\n"))
            """
    }
}

struct UsageError: Error, CustomStringConvertible, Equatable {
    let description: String
    /// Whether the usage of the program itself helps.
    var showsUsage = true
}

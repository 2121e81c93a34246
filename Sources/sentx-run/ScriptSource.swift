import Glibc

/// The text of a script and the name that its messages begin with.
struct ScriptSource {
    let bytes: [UInt8]
    let chunkName: String
    /// `arg[0]`.
    let argumentZero: String

    /// - Throws: ``ScriptUnreadable``.
    init(_ source: Invocation.Source) throws {
        switch source {
        case .code(let code):
            bytes = Array(code.utf8)
            chunkName = "=(command line)"
            argumentZero = "-e"
        case .standardInput:
            bytes = try ScriptSource.read(STDIN_FILENO, name: "standard input")
            chunkName = "=stdin"
            argumentZero = "-"
        case .file(let path):
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw ScriptUnreadable(name: path, code: errno) }
            defer { close(descriptor) }
            bytes = ScriptSource.withoutPreamble(try ScriptSource.read(descriptor, name: path))
            chunkName = "@" + path
            argumentZero = path
        }
    }

    private static let mostBytes = 1 << 28

    private static func read(_ descriptor: Int32, name: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw ScriptUnreadable(name: name, code: errno)
            }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            // What has no end, a device for instance, is no script.
            guard bytes.count <= mostBytes else { throw ScriptUnreadable(name: name, code: EFBIG) }
        }
    }

    /// Drops a byte order mark and the text of a first line that begins with `#`, keeping the line numbers.
    private static func withoutPreamble(_ bytes: [UInt8]) -> [UInt8] {
        var rest = bytes[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        if rest.first == UInt8(ascii: "#") { rest = rest.drop { $0 != UInt8(ascii: "\n") } }
        return Array(rest)
    }
}

/// A script that cannot be opened or read.
struct ScriptUnreadable: Error, CustomStringConvertible {
    let name: String
    let code: Int32

    var description: String { "cannot read \(name): \(String(cString: strerror(code)))" }
}

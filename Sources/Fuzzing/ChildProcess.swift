import Files
import Glibc

/// A process of this program's own that is watched from outside.
final class ChildProcess {
    let pid: pid_t

    /// - Parameters:
    ///   - output: the file that gets what it prints.
    ///   - environment: added to this program's.
    init(arguments: [String], output: String, environment: [String: String]) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, output, O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0o666)
        let program = "/proc/self/exe"
        let words: [UnsafeMutablePointer<CChar>?] = ([CommandLine.arguments[0]] + arguments).map { strdup($0) } + [nil]
        let settings: [UnsafeMutablePointer<CChar>?] = (Self.inherited(but: environment) + environment.map { "\($0.key)=\($0.value)" })
            .map { strdup($0) } + [nil]
        defer { for text in words + settings { free(text) } }
        var pid = pid_t()
        let status = posix_spawn(&pid, program, &actions, nil, words, settings)
        guard status == 0 else { throw FileError("cannot start", path: program, code: status) }
        self.pid = pid
    }

    private static func inherited(but changed: [String: String]) -> [String] {
        var variables: [String] = []
        var entry = environ
        while let text = entry.pointee {
            let variable = String(cString: text)
            if !changed.keys.contains(where: { variable.hasPrefix($0 + "=") }) { variables.append(variable) }
            entry += 1
        }
        return variables
    }

    /// The status of `waitpid`, once it has ended; nil while it runs.
    func status(waits: Bool = false) -> Int32? {
        var status: Int32 = 0
        return waitpid(pid, &status, waits ? 0 : WNOHANG) == pid ? status : nil
    }

    func send(_ signal: Int32) { kill(pid, signal) }

    /// Seconds of processor time so far, and bytes of memory that are in use.
    var usage: (seconds: Double, bytes: Int) {
        // The name in brackets may hold spaces; what is wanted stands behind it.
        let stat = text("stat").split(separator: ")").last?.split(separator: " ") ?? []
        let ticks = stat.count > 12 ? (Double(stat[11]) ?? 0) + (Double(stat[12]) ?? 0) : 0
        let pages = text("statm").split(separator: " ")
        return (ticks / Double(sysconf(Int32(_SC_CLK_TCK))), (pages.count > 1 ? Int(pages[1]) ?? 0 : 0) * sysconf(Int32(_SC_PAGESIZE)))
    }

    /// A file of the process's folder in /proc, whose size is not known before it is read.
    private func text(_ name: String) -> String {
        let descriptor = open("/proc/\(pid)/\(name)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}

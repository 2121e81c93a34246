import Glibc
import Synchronization

/// Names of unfinished files and folders: `.NAME.tmp-PROCESS-COUNTER`, beside the thing that they will become.
enum TemporaryName {
    private static let counter = Atomic<Int>(0)

    /// An unused name beside `path`.
    static func beside(_ path: String) -> String {
        let number = counter.add(1, ordering: .relaxed).newValue
        return Path.join(Path.parent(of: path), "\(prefix(of: path))\(getpid())-\(number)")
    }

    /// Removes what a killed process left unfinished beside `path`; that of a running process is left alone.
    static func removeAbandoned(beside path: String) {
        let folder = Path.parent(of: path)
        let prefix = prefix(of: path)
        for name in (try? Folder.entries(folder)) ?? [] where name.hasPrefix(prefix) {
            let process = name.dropFirst(prefix.count).prefix { $0 != "-" }
            guard let process = pid_t(process), process != getpid() else { continue }
            if kill(process, 0) != 0 && errno == ESRCH { try? Folder.remove(Path.join(folder, name)) }
        }
    }

    private static func prefix(of path: String) -> String { ".\(Path.name(of: path)).tmp-" }
}

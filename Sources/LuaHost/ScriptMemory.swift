import CLuaShim
import Glibc

/// The memory that a Lua state may take.
public enum ScriptMemory {
    /// Half of what this process may use, since tensors and datasets need memory too: of the machine's memory, or of what a container or `ulimit` leaves of it.
    public static let limit: Int = {
        var bytes = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        if bytes <= 0 { bytes = .max }
        bytes = min(bytes, Int(clua_process_limit()))
        for file in ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"] {
            if let limit = number(in: file) { bytes = min(bytes, limit) }
        }
        return bytes / 2
    }()

    /// The number that a file of the system consists of; nil for a word such as "max".
    private static func number(in path: String) -> Int? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var digits = [CChar](repeating: 0, count: 32)
        guard fgets(&digits, Int32(digits.count), file) != nil else { return nil }
        let number = strtoll(digits, nil, 10)
        return number > 0 ? Int(number) : nil
    }
}

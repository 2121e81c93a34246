import Glibc

/// The processors that the process may use: those of the machine that its affinity mask allows, and no more than its container's
/// share of processor time comes to.
public enum ProcessorCount {
    public static let available = available(groups: ControlGroups())

    package static func available(groups: ControlGroups) -> Int {
        max(1, min(allowed() ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)), groups.processorQuota() ?? .max))
    }

    /// The processors in the affinity mask (taskset, cpusets); nil if it cannot be read.
    private static func allowed() -> Int? {
        // Words of hexadecimal digits: Cpus_allowed: ff,ffffffff
        for line in (SystemFile.text("/proc/self/status") ?? "").split(separator: "\n") where line.hasPrefix("Cpus_allowed:") {
            let count = line.dropFirst("Cpus_allowed:".count).reduce(0) { $0 + ($1.hexDigitValue ?? 0).nonzeroBitCount }
            return count > 0 ? count : nil
        }
        return nil
    }
}

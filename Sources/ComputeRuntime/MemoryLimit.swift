import Glibc

/// How much more memory the process may use: the least that the machine, the limits of its container and its own limits leave.
public struct MemoryLimit: Equatable, Sendable {
    /// Bytes that can still be had.
    public let available: Int
    /// What limits them, as words in a message.
    public let reason: String

    /// Kept free for all that is not asked for here: the script's own values, texts, threads.
    static let reserve = 24 << 20
    /// Requests below this are not worth looking.
    static let checkedSize = 4 << 20

    package init(available: Int, reason: String) {
        self.available = available
        self.reason = reason
    }

    private static let groups = ControlGroups()

    /// As it is now. Takes some tens of microseconds.
    public static func current() -> MemoryLimit {
        current(groups: groups, information: SystemFile.text("/proc/meminfo") ?? "", usage: SystemFile.text("/proc/self/statm") ?? "",
                limits: [limit(RLIMIT_AS), limit(RLIMIT_DATA)])
    }

    /// - Parameters:
    ///   - information: the text of `/proc/meminfo`.
    ///   - usage: that of `/proc/self/statm`, in pages.
    ///   - limits: bytes of address space and of data that the process may have; nil without a limit.
    package static func current(groups: ControlGroups, information: String, usage: String, limits: [Int?]) -> MemoryLimit {
        var least = MemoryLimit(available: .max, reason: "no limit is known")
        func consider(_ bytes: Int?, _ reason: String) {
            if let bytes, bytes < least.available { least = MemoryLimit(available: max(0, bytes), reason: reason) }
        }
        func kibibytes(_ key: String) -> Int? { SystemFile.number(key, in: information).map { $0 << 10 } }
        consider(kibibytes("MemAvailable:").map { $0 + (kibibytes("SwapFree:") ?? 0) }, "free on this machine")
        consider(groups.availableMemory(), "left of the memory limit of this container or group of processes")
        let pages = usage.split(whereSeparator: \.isWhitespace).map { Int($0) ?? 0 }
        let pageSize = sysconf(Int32(_SC_PAGESIZE))
        for (limit, field, reason) in zip3(limits, [0, 5], ["left of the limit of address space, ulimit -v", "left of the limit of data, ulimit -d"])
        where field < pages.count {
            consider(limit.map { $0 - pages[field] * pageSize }, reason)
        }
        return least
    }

    /// Throws unless `byteCount` bytes can be had beside what is in use.
    public static func check(_ byteCount: Int) throws(MemoryError) {
        if byteCount < checkedSize { return }
        let limit = current()
        if byteCount > limit.available - reserve { throw MemoryError(asked: byteCount, limit: limit) }
    }

    /// Throws unless an array of `count` elements of `stride` bytes can be had.
    public static func check(count: Int, stride: Int) throws(MemoryError) {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: stride)
        try check(overflow ? .max : bytes)
    }

    private static func limit(_ resource: __rlimit_resource) -> Int? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0, limit.rlim_cur < rlim_t(Int.max) else { return nil }
        return Int(limit.rlim_cur)
    }

    private static func zip3(_ a: [Int?], _ b: [Int], _ c: [String]) -> [(Int?, Int, String)] {
        zip(a, zip(b, c)).map { ($0, $1.0, $1.1) }
    }
}

/// Memory that cannot be had: what was asked for, and what there is.
public struct MemoryError: Error, CustomStringConvertible, Equatable {
    /// Bytes asked for; `Int.max` for more than can be counted.
    public let asked: Int
    public let limit: MemoryLimit

    public init(asked: Int, limit: MemoryLimit = .current()) {
        self.asked = asked
        self.limit = limit
    }

    /// Such as `3.7 TiB of memory are needed, 11.2 GiB can be had (free on this machine)`.
    public var description: String {
        let wanted = asked == .max ? "more memory than can be addressed is needed" : "\(Self.text(asked)) of memory are needed"
        return "\(wanted), \(Self.text(max(0, limit.available))) can be had (\(limit.reason))"
    }

    /// Bytes in a unit that people read.
    public static func text(_ bytes: Int) -> String {
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var unit = 0
        while unit + 1 < units.count, bytes >> (10 * unit) >= 1024 { unit += 1 }
        if unit == 0 { return "\(bytes) bytes" }
        let tenths = Int((Double(bytes) / Double(1 << (10 * unit)) * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10) \(units[unit])" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}

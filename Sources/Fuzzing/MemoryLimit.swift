import CFuzzing
import Glibc

/// The memory that a worker may ask the system for, so that a request that is far too large fails instead of filling the machine.
enum MemoryLimit {
    static func set(_ limits: Limits) {
        // No files of dead processes.
        set(RLIMIT_CORE, 0)
        set(RLIMIT_FSIZE, 1 << 30)
        // The address sanitizer reserves terabytes without using them; there the supervisor's eye on what is used must do.
        if cfuzzing_is_guided() == 0 { set(RLIMIT_AS, UInt(limits.bytes) * 2) }
    }

    private static func set(_ resource: __rlimit_resource, _ value: UInt) {
        var limit = rlimit(rlim_cur: value, rlim_max: value)
        setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
    }
}

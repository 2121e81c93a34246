import ComputeRuntime
import Foundation
import Testing

/// A folder in the place of `/`, with the files in which Linux says what a group of processes may use.
private final class FakeSystem {
    let root = NSTemporaryDirectory() + "groups-\(UInt64.random(in: 0 ... .max))"

    init(_ files: [String: String]) throws {
        for (path, text) in files {
            let file = root + path
            try FileManager.default.createDirectory(atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try text.write(toFile: file, atomically: true, encoding: .utf8)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    var groups: ControlGroups { ControlGroups(root: root) }
}

@Suite("Limits of memory and processors")
struct MemoryLimitTests {
    private static let mountsV2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
    private static let mountsV1 = """
        32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
        35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory

        """

    @Test("limits of groups around the own one count, cached files do not count as used (version 2)")
    func version2() throws {
        let system = try FakeSystem([
            "/proc/self/mountinfo": Self.mountsV2, "/proc/self/cgroup": "0::/outer/inner\n",
            "/sys/fs/cgroup/outer/inner/memory.max": "max\n", "/sys/fs/cgroup/outer/inner/memory.current": "1000\n",
            "/sys/fs/cgroup/outer/memory.max": "1000000\n", "/sys/fs/cgroup/outer/memory.current": "700000\n",
            "/sys/fs/cgroup/outer/memory.stat": "anon 1\ninactive_file 200000\n",
            "/sys/fs/cgroup/outer/inner/cpu.max": "150000 100000\n", "/sys/fs/cgroup/outer/cpu.max": "max 100000\n",
        ])
        #expect(system.groups.availableMemory() == 500_000)
        #expect(system.groups.processorQuota() == 2)
    }

    @Test("the same in version 1, whose controllers have hierarchies of their own")
    func version1() throws {
        let system = try FakeSystem([
            "/proc/self/mountinfo": Self.mountsV1, "/proc/self/cgroup": "4:memory:/job\n1:cpu,cpuacct:/job\n",
            "/sys/fs/cgroup/memory/job/memory.limit_in_bytes": "5000\n", "/sys/fs/cgroup/memory/job/memory.usage_in_bytes": "4000\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n", "/sys/fs/cgroup/memory/memory.usage_in_bytes": "4000\n",
            "/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us": "50000\n", "/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us": "100000\n",
        ])
        #expect(system.groups.availableMemory() == 1000)
        #expect(system.groups.processorQuota() == 1)
        #expect(ProcessorCount.available(groups: system.groups) == 1)
    }

    @Test("inside a container the mount shows the group itself")
    func container() throws {
        let system = try FakeSystem([
            "/proc/self/mountinfo": "30 23 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n", "/proc/self/cgroup": "0::/docker/abc\n",
            "/sys/fs/cgroup/memory.max": "3000\n", "/sys/fs/cgroup/memory.current": "1000\n", "/sys/fs/cgroup/cpu.max": "400000 100000\n",
        ])
        #expect(system.groups.availableMemory() == 2000)
        #expect(system.groups.processorQuota() == 4)
    }

    @Test("files that are missing or say nothing that can be read limit nothing",
          arguments: ["", "max", "-1", "9999999999999999999999", "\u{0}\u{1}", "12 34 56"])
    func unreadable(text: String) throws {
        let system = try FakeSystem([
            "/proc/self/mountinfo": Self.mountsV2 + "nonsense - \n - - -\n\n", "/proc/self/cgroup": "0::/a\nnonsense\n::\n",
            "/sys/fs/cgroup/a/memory.max": text, "/sys/fs/cgroup/a/memory.current": "5", "/sys/fs/cgroup/a/cpu.max": text,
        ])
        #expect(system.groups.availableMemory() == nil || text == "-1")
        #expect(system.groups.processorQuota() == nil)
        #expect(ControlGroups(root: "/does/not/exist").availableMemory() == nil)
        #expect(ProcessorCount.available(groups: system.groups) >= 1)
    }

    @Test("the least of all limits holds, and is named")
    func least() throws {
        let none = ControlGroups(root: "/does/not/exist")
        func limit(_ information: String, _ limits: [Int?]) -> MemoryLimit {
            MemoryLimit.current(groups: none, information: information, usage: "100 50 10 1 0 40 0", limits: limits)
        }
        let page = sysconf(Int32(_SC_PAGESIZE))
        let machine = limit("MemTotal: 900 kB\nMemAvailable:   800 kB\nSwapFree: 24 kB\n", [nil, nil])
        #expect(machine.available == 824 << 10 && machine.reason.contains("machine"))
        let space = limit("MemAvailable: 99999999 kB\n", [150 * page, nil])
        #expect(space.available == 50 * page && space.reason.contains("ulimit -v"))
        let data = limit("MemAvailable: 99999999 kB\n", [nil, 45 * page])
        #expect(data.available == 5 * page && data.reason.contains("ulimit -d"))
        #expect(limit("MemAvailable: 99999999 kB\n", [50 * page, nil]).available == 0)
        #expect(limit("", [nil, nil]).available == .max)
        #expect(MemoryLimit.current().available > 0)
    }

    @Test("bytes are written in units that people read")
    func units() {
        #expect(MemoryError.text(1023) == "1023 bytes")
        #expect(MemoryError.text(1 << 20) == "1 MiB")
        #expect(MemoryError.text(4_000_000_000_000) == "3.6 TiB")
        #expect(MemoryError.text(.max) == "8 EiB")
        #expect("\(MemoryError(asked: 1 << 50, limit: MemoryLimit(available: 3 << 30, reason: "free on this machine")))"
            == "1 PiB of memory are needed, 3 GiB can be had (free on this machine)")
        #expect("\(MemoryError(asked: .max))".hasPrefix("more memory than can be addressed"))
    }
}

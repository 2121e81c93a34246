/// The groups of processes that this one belongs to, by which containers are kept to their share: Linux's cgroups of both versions.
package struct ControlGroups {
    /// Folders of the process's group and of those above it that limit memory, innermost first.
    private(set) var memoryFolders: [(path: String, version: Int)] = []
    /// The same for processor time.
    private(set) var processorFolders: [(path: String, version: Int)] = []

    /// - Parameter root: stands before the paths of all files.
    package init(root: String = "") {
        guard let mounts = SystemFile.text(root + "/proc/self/mountinfo"), let groups = SystemFile.text(root + "/proc/self/cgroup") else { return }
        for mount in mounts.split(separator: "\n") {
            // 36 35 98:0 /root /mount/point options - type source more,options
            let halves = mount.components(separatedBy: " - ")
            guard halves.count == 2 else { continue }
            let left = halves[0].split(separator: " "), right = halves[1].split(separator: " ")
            guard left.count > 4, let type = right.first else { continue }
            let options = right.last.map { $0.split(separator: ",") } ?? []
            for kind in ["memory", "cpu"] where type == "cgroup2" || (type == "cgroup" && options.contains(where: { $0 == kind })) {
                let version = type == "cgroup2" ? 2 : 1
                guard let group = Self.group(of: version == 2 ? "" : kind, in: groups) else { continue }
                let folders = Self.folders(group, mountRoot: String(left[3]), mountPoint: String(left[4])).map { (root + $0, version) }
                if kind == "memory" { memoryFolders += folders } else { processorFolders += folders }
            }
        }
    }

    /// The bytes that memory limits leave, or nil without limits. Pages of files that are only cached do not count as used.
    package func availableMemory() -> Int? {
        memoryFolders.compactMap { folder, version -> Int? in
            let (limitFile, usageFile, cachedKey) = version == 2 ? ("memory.max", "memory.current", "inactive_file")
                : ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            guard let limit = Self.number(folder, limitFile), limit < 1 << 60, let usage = Self.number(folder, usageFile) else { return nil }
            let cached = SystemFile.text(folder + "/memory.stat").flatMap { SystemFile.number(cachedKey, in: $0) } ?? 0
            return max(0, limit - max(0, usage - max(0, min(cached, usage))))
        }.min()
    }

    /// The processors that quotas of processor time come to, rounded up, or nil without quotas.
    package func processorQuota() -> Int? {
        processorFolders.compactMap { folder, version -> Int? in
            let words: [Int?]
            if version == 2 {
                words = (SystemFile.text(folder + "/cpu.max") ?? "").split(whereSeparator: \.isWhitespace).map { Int($0) }
            } else {
                words = [Self.number(folder, "cpu.cfs_quota_us"), Self.number(folder, "cpu.cfs_period_us")]
            }
            guard words.count == 2, let quota = words[0], let period = words[1], quota > 0, period > 0 else { return nil }
            return max(1, quota / period + (quota % period == 0 ? 0 : 1))
        }.min()
    }

    private static func number(_ folder: String, _ file: String) -> Int? {
        SystemFile.text(folder + "/" + file).flatMap { text in
            let words = text.split(whereSeparator: \.isWhitespace)
            return words.count == 1 ? Int(words[0]) : nil
        }
    }

    /// The path of the group for a controller (version 2 has one hierarchy, without a name) in the text of `/proc/self/cgroup`.
    private static func group(of controller: String, in text: String) -> String? {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let names = fields[1].split(separator: ",")
            if controller.isEmpty ? fields[1].isEmpty : names.contains(where: { $0 == controller }) { return String(fields[2]) }
        }
        return nil
    }

    /// The folder of a group and of those around it, up to the mount point.
    private static func folders(_ group: String, mountRoot: String, mountPoint: String) -> [String] {
        // Inside a container the mount shows the group as its root.
        let root = mountRoot == "/" ? "" : mountRoot
        var inner = group.hasPrefix(root + "/") || root.isEmpty ? String(group.dropFirst(root.count)) : ""
        var folders: [String] = []
        while let slash = inner.lastIndex(of: "/"), inner != "/" {
            folders.append(mountPoint + inner)
            inner = String(inner[..<slash])
        }
        return folders + [mountPoint]
    }
}

extension Substring {
    /// The parts between occurrences of a separator.
    fileprivate func components(separatedBy separator: String) -> [Substring] {
        var parts: [Substring] = [], start = startIndex, index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(separator) {
                parts.append(self[start..<index])
                index = self.index(index, offsetBy: separator.count)
                start = index
            } else {
                index = self.index(after: index)
            }
        }
        return parts + [self[start...]]
    }
}

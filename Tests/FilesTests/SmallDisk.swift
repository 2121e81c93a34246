import Files
import Glibc

/// A file system of a few pages in memory, for running out of space.
struct SmallDisk {
    private let path: String

    init?(at path: String, bytes: Int) {
        self.path = path
        try? Folder.create(path)
        guard "size=\(bytes)".withCString({ mount("tmpfs", path, "tmpfs", 0, $0) }) == 0 else { return nil }
    }

    func unmount() { umount(path) }

    /// Whether this process may mount at all.
    static let isAvailable: Bool = {
        let path = "/tmp/sentx-test-disk-\(getpid())"
        guard let disk = SmallDisk(at: path, bytes: 4096) else {
            rmdir(path)
            return false
        }
        disk.unmount()
        rmdir(path)
        return true
    }()
}

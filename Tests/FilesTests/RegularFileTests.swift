import Files
import Glibc
import TestSupport
import Testing

/// What is no regular file is refused at once, whichever way it is read.
struct RegularFileTests {
    private let folder = TemporaryFolder()

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    /// The errors of all ways to read a path.
    private func messages(_ path: String) -> [String] {
        [message { _ = try FileContents.read(path) }, message { _ = try FileBytes(path) }, message { _ = try MappedFile(path) },
         message { _ = try FileContents.beginning(of: path, count: 4) }]
    }

    @Test func aDeviceAPipeASocketAndAFolderAreRefused() throws {
        #expect(symlink("/dev/zero", folder("zero")) == 0 && mkfifo(folder("pipe"), 0o600) == 0)
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: folder("socket").utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        #expect(bound == 0)
        for (name, reason) in [("zero", "it is a device"), ("pipe", "it is a pipe"), ("socket", "it is a socket"), ("", "Is a directory"),
                               ("absent", "No such file or directory")] {
            for text in messages(folder(name)) {
                #expect(text.hasPrefix("cannot read \(folder(name)): ") && text.contains(reason), "\(text)")
            }
        }
        #expect(message { _ = try FileContents.read(folder("a\0b")) }.contains("zero byte"))
    }

    @Test func onlyWhatIsAbsentCountsAsAbsent() throws {
        #expect(!FileContents.exists(folder("x")) && !FileContents.exists(folder("x/y")))
        #expect(symlink("nowhere", folder("link")) == 0)
        #expect(FileContents.exists(folder("link")) && FileContents.exists(folder.path))
    }

    @Test func aSizeAboveTheLimitIsRefusedBeforeMemoryIsTaken() throws {
        let path = folder.write("", to: "sparse.json")
        #expect(truncate(path, 100 << 30) == 0)
        #expect(message { _ = try FileContents.read(path) } == """
            cannot read \(path): it has 107374182400 bytes, and at most 100000000 are read of a file of this kind
            """)
        #expect(message { _ = try FileContents.read(folder.write("12345", to: "five"), limit: 4) }.contains("it has 5 bytes"))
        #expect(try FileContents.read(folder("five"), limit: 5).count == 5)
        #expect(truncate(path, 4 << 40) == 0)
        #expect(message { _ = try FileBytes(path) }.contains("the memory of this machine is"))
    }

    @Test func filesOfAllSizesAreReadWhole() throws {
        for count in [0, 1, 65_536, 1 << 20, (1 << 20) + 1, 9_000_001] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try AtomicFile.write(bytes, to: folder("whole"))
            let read = try FileBytes(folder("whole"))
            #expect(read.bytes.elementsEqual(bytes))
        }
        #expect(try FileContents.beginning(of: folder("whole"), count: 3) == [0, 31, 62])
        // The system says of these that they are empty.
        #expect(try !FileContents.read("/proc/self/status").isEmpty)
    }

    @Test func aPathOutOfAFileStaysBelowItsFolder() throws {
        let root = folder("model")
        try Folder.create(folder("model/1_Pooling"))
        try Folder.create(folder("other"))
        for (path, place) in [("", root), (".", root), ("1_Pooling", root + "/1_Pooling"), ("./1_Pooling/", root + "/1_Pooling"),
                              ("a//b/./c", root + "/a/b/c"), ("..x", root + "/..x")] {
            #expect(Path.below(root, path) == place)
        }
        for path in ["..", "../other", "a/../../other", "/etc", "1_Pooling/..", "a\0b"] { #expect(Path.below(root, path) == nil, "\(path)") }
        #expect(symlink("../other", folder("model/out")) == 0 && symlink("1_Pooling", folder("model/in")) == 0)
        #expect(Path.below(root, "out") == nil && Path.below(root, "in") == root + "/in")
        // Links to files are what the caches of downloaded models consist of.
        #expect(symlink(folder.write("{}", to: "other/blob"), folder("model/config.json")) == 0)
        #expect(Path.below(root, "config.json") == root + "/config.json")
    }
}

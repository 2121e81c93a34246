import Files
import Glibc
import TestSupport
import Testing

@Suite struct AtomicFileTests {
    let folder = TemporaryFolder()

    @Test(arguments: [0, 1, 65_535, 65_536, 200_000]) func whatIsWrittenIsRead(size: Int) throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try AtomicFile.write(bytes, to: folder("a/b/file"))
        #expect(try FileContents.read(folder("a/b/file")) == bytes)
        #expect(try Folder.entries(folder("a/b")) == ["file"])
        let mapped = try MappedFile(folder("a/b/file"))
        #expect(mapped.bytes.elementsEqual(bytes))
    }

    @Test func anUnfinishedFileLeavesTheOldOneAndNothingElse() throws {
        try AtomicFile.write("old", to: folder("file"))
        do {
            let file = try AtomicFile(folder("file"))
            try file.append("new")
            #expect(folder.entries.count == 2)
        }
        #expect(folder.entries == ["file"])
        #expect(try contents(folder("file")) == "old")
    }

    @Test func aLinkIsFollowed() throws {
        try AtomicFile.write("old", to: folder("real"))
        #expect(symlink("real", folder("link")) == 0)
        try AtomicFile.write("new", to: folder("link"))
        #expect(try contents(folder("real")) == "new")
        #expect(try contents(folder("link")) == "new")
        #expect(folder.entries == ["link", "real"])
    }

    @Test func errorsNameThePathAndTheReason() {
        func message(_ body: () throws -> Void) -> String { "\(#expect(throws: FileError.self, performing: body)!)" }
        #expect(message { try AtomicFile.write("x", to: folder.path) } == "cannot write \(folder.path): Is a directory")
        #expect(message { try AtomicFile.write("x", to: "/proc/none/x") }
            == "cannot create folder /proc/none: No such file or directory")
        #expect(message { _ = try FileContents.read(folder.path) } == "cannot read \(folder.path): Is a directory")
        #expect(message { _ = try MappedFile(folder("none")) } == "cannot read \(folder("none")): No such file or directory")
        #expect(message { _ = try Folder.entries(folder("none")) }
            == "cannot list folder \(folder("none")): No such file or directory")
    }

    @Test func leftoversOfKilledProcessesAreRemoved() throws {
        // No process has this number: it is beyond the kernel's limit.
        _ = folder.write("half", to: ".file.tmp-2000000000-1")
        _ = folder.write("running", to: ".file.tmp-1-1")
        try AtomicFile.write("x", to: folder("file"))
        #expect(folder.entries == [".file.tmp-1-1", "file"])
    }

    @Test func aSizeLimitLeavesTheOldFileAndNothingElse() throws {
        try AtomicFile.write("old", to: folder("file"))
        let outcome = ChildProcess.run {
            var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            signal(SIGXFSZ, SIG_IGN)
            do {
                try AtomicFile.write([UInt8](repeating: 7, count: 1_000_000), to: folder("file"))
                return 1
            } catch {
                return (error as? FileError)?.code == EFBIG ? 0 : 2
            }
        }
        #expect(outcome == .exited(0))
        #expect(folder.entries == ["file"])
        #expect(try contents(folder("file")) == "old")
    }

    @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a small disk"))
    func aFullDiskLeavesTheOldFilesAndNothingElse() throws {
        let disk = try #require(SmallDisk(at: folder("disk"), bytes: 256 << 10))
        defer { disk.unmount() }
        try AtomicFile.write("old", to: folder("disk/file"))
        let error = #expect(throws: FileError.self) {
            try AtomicFile.write([UInt8](repeating: 7, count: 1 << 20), to: folder("disk/file"))
        }
        #expect(error?.description == "cannot write \(folder("disk/file")): No space left on device")
        #expect(throws: FileError.self) {
            try AtomicFolder.replace(folder("disk/model")) { temporary in
                try AtomicFile.write("x", to: Path.join(temporary, "config.json"))
                try AtomicFile.write([UInt8](repeating: 7, count: 1 << 20), to: Path.join(temporary, "weights"))
            }
        }
        #expect(try Folder.entries(folder("disk")) == ["file"])
        #expect(try contents(folder("disk/file")) == "old")
    }
}

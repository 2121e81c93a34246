import Files
import Glibc
import TestSupport
import Testing

@Suite struct AtomicFolderTests {
    let folder = TemporaryFolder()

    private func save(_ text: String, keepsOtherEntries: Bool = true) throws {
        try AtomicFolder.replace(folder("model"), keepsOtherEntries: keepsOtherEntries) { temporary in
            try AtomicFile.write(text, to: Path.join(temporary, "config.json"))
            try AtomicFile.write(text, to: Path.join(temporary, "1_Pooling/config.json"))
        }
    }

    @Test func aNewFolderAppearsWhole() throws {
        try save("one")
        #expect(folder.entries == ["model"])
        #expect(try contents(folder("model/1_Pooling/config.json")) == "one")
    }

    @Test func anOldFolderIsReplaced() throws {
        try save("one")
        try save("two")
        #expect(folder.entries == ["model"])
        #expect(try contents(folder("model/config.json")) == "two")
        #expect(try contents(folder("model/1_Pooling/config.json")) == "two")
    }

    @Test func whatAUserPutInTheFolderStays() throws {
        try save("one")
        _ = folder.write("notes", to: "model/notes.txt")
        _ = folder.write("deep", to: "model/checkpoint-5/deep/file")
        try save("two")
        #expect(try contents(folder("model/notes.txt")) == "notes")
        #expect(try contents(folder("model/checkpoint-5/deep/file")) == "deep")
        try save("three", keepsOtherEntries: false)
        #expect(try Folder.entries(folder("model")) == ["1_Pooling", "config.json"])
    }

    @Test func aFailureLeavesTheOldFolderAndNothingElse() throws {
        struct Failure: Error {}
        try save("one")
        #expect(throws: Failure.self) {
            try AtomicFolder.replace(folder("model")) { temporary in
                try AtomicFile.write("two", to: Path.join(temporary, "config.json"))
                throw Failure()
            }
        }
        #expect(folder.entries == ["model"])
        #expect(try contents(folder("model/config.json")) == "one")
    }

    @Test func theWorkingFolderIsNotReplaced() throws {
        for path in [".", "/"] {
            let error = #expect(throws: FileError.self) { try AtomicFolder.replace(path) { _ in } }
            #expect(error?.reason == "it is or holds the working folder; name a folder below it")
        }
    }

    @Test func aFileInTheWayIsNamed() throws {
        let path = folder.write("x", to: "model")
        let error = #expect(throws: FileError.self) { try AtomicFolder.replace(path) { _ in } }
        #expect(error?.description == "cannot write folder \(path): Not a directory")
    }

    @Test(arguments: 1...10) func aKillAtAnyMomentLeavesAWholeFolder(round: Int) throws {
        try save("0")
        let child = ChildProcess {
            for generation in 1... { guard (try? save("\(generation)")) != nil else { break } }
            return 1
        }
        usleep(UInt32(3_000 + round * 1_700))
        child.kill()
        #expect(child.wait() == .killed(SIGKILL))
        let generation = try contents(folder("model/config.json"))
        #expect(try contents(folder("model/1_Pooling/config.json")) == generation)
        #expect(Int(generation) != nil)
        try save("last")
        #expect(folder.entries == ["model"])
        #expect(try contents(folder("model/config.json")) == "last")
    }
}

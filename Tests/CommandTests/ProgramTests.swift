import Foundation
import Testing

/// What the programs are built of.
@Suite struct ProgramTests {
    /// Foundation brings 30 MB of tables of characters into every program.
    @Test func noSourceImportsFoundation() throws {
        let sources = repositoryRoot.appendingPathComponent("Sources")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)).compactMap { $0 as? URL }
            .filter { $0.pathExtension == "swift" }
        #expect(files.count > 300)
        let refused = ["Foundation", "FoundationEssentials", "FoundationNetworking"]
        for file in files {
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                let words = line.split(separator: " ")
                guard let place = words.firstIndex(of: "import"), words[..<place].allSatisfy({ $0.hasPrefix("@") || $0 == "public" || $0 == "package" })
                else { continue }
                #expect(!words[place...].contains { refused.contains(String($0)) }, "\(file.path): \(line)")
            }
        }
    }

    #if !DEBUG
    @Test(arguments: ["sentx-run", "sentx-repl", "sentx-bench"]) func programsAreSmallAndContainTheRuntime(name: String) throws {
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent(name).path
        let size = try #require(FileManager.default.attributesOfItem(atPath: program)[.size] as? Int)
        #expect(size < 15_000_000)
        let libraries = try runShell("ldd \"$BIN\"/\(name) | awk '{ print $1 }'").output.split(separator: "\n").map { $0.split(separator: "/").last ?? "" }
        let known = ["linux-vdso", "ld-linux", "libc.", "libm.", "libdl.", "libpthread.", "librt.", "libgcc_s.", "libstdc++.", "liblua5.4", "libutf8proc",
                     "libedit", "libbsd", "libmd", "libtinfo", "libonig", "libopenblas", "libcurl"]
        #expect(!libraries.isEmpty)
        for library in libraries { #expect(known.contains { library.hasPrefix($0) }, "\(name) needs \(library)") }
    }
    #endif
}

import Foundation
import Testing

/// Kernels are compiled without run-time checks.
@Suite("Targets without run-time checks")
struct UncheckedTargetTests {
    private static let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Sources")

    @Test("hold no check that the compiler would take for granted, and none of what needs checks",
          arguments: ["Kernels", "KernelsAVX512", "KernelsAVX512BF16"])
    func noPreconditions(target: String) throws {
        let folder = Self.sources.appending(path: target)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }
        #expect(!files.isEmpty)
        for file in files {
            let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
            for word in ["precondition(", "preconditionFailure(", "assert(", "assertionFailure(", "fatalError(", "dlopen(", "mmap(", "pthread_create(", "getenv("] {
                #expect(!text.contains(word), "\(target)/\(file) holds \(word)")
            }
        }
    }
}

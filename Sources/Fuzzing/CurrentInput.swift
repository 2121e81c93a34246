import Files
import Glibc

/// The input that is being tried, in a file that two processes share, so that it outlives the one that it kills.
final class CurrentInput {
    static let fileName = "current"
    private static let capacity = 1 << 20
    private static let headerSize = 32

    private let memory: UnsafeMutableRawPointer

    /// Opens the file in a workspace, making it if need be.
    init(workspace: String) throws {
        let path = Path.join(workspace, Self.fileName)
        let size = Self.headerSize + Self.capacity
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0, ftruncate(descriptor, off_t(size)) == 0 else { throw FileError("cannot write", path: path, code: errno) }
        defer { close(descriptor) }
        guard let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), memory != MAP_FAILED else {
            throw FileError("cannot map", path: path, code: errno)
        }
        self.memory = memory
    }

    deinit { munmap(memory, Self.headerSize + Self.capacity) }

    private func number(_ index: Int) -> UInt64 { memory.load(fromByteOffset: index * 8, as: UInt64.self) }
    private func set(_ index: Int, _ value: UInt64) { memory.storeBytes(of: value, toByteOffset: index * 8, as: UInt64.self) }

    /// How many attempts have begun.
    var begun: UInt64 { number(0) }
    /// Whether an attempt is going on.
    var isRunning: Bool { number(2) != 0 }
    /// How many attempts did not end in a refusal.
    var accepted: UInt64 { number(3) }

    /// The bytes of the last input.
    var bytes: [UInt8] { Array(UnsafeRawBufferPointer(start: memory + Self.headerSize, count: min(Int(clamping: number(1)), Self.capacity))) }

    func begin(_ input: [UInt8]) {
        let count = min(input.count, Self.capacity)
        input.withUnsafeBytes { if count > 0 { (memory + Self.headerSize).copyMemory(from: $0.baseAddress!, byteCount: count) } }
        set(1, UInt64(count))
        set(2, 1)
        set(0, begun + 1)
    }

    func end(accepted isAccepted: Bool) {
        if isAccepted { set(3, accepted + 1) }
        set(2, 0)
    }
}

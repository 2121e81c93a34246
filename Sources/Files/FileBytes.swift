import Glibc

/// The bytes of a file in memory of their own, which grows as they come: a file whose size is a lie costs what it really holds.
public final class FileBytes {
    /// Valid while this object lives.
    public let bytes: UnsafeRawBufferPointer

    private static let firstCapacity = 1 << 20

    /// Reads a whole file.
    /// - Parameter limit: the most bytes that are read. Nil: the memory of this machine.
    /// - Throws: `FileError` for what is no regular file, for one that is too long, that became shorter meanwhile, or that memory does not
    ///   suffice for.
    public init(_ path: String, limit: Int? = nil) throws {
        let file = try RegularFile(path)
        func refuse(_ reason: String) -> FileError { FileError("cannot read", path: path, reason: reason) }
        let most = limit ?? Self.machineMemory
        func tooLong(_ count: String) -> FileError {
            refuse("it has \(count) bytes, and \(limit == nil ? "the memory of this machine is \(most)" : "at most \(most) are read of a file of this kind")")
        }
        if file.byteCount > most { throw tooLong(String(file.byteCount)) }
        // One byte more than the file's size, so that the end is seen without growing.
        var capacity = min(file.byteCount, Self.firstCapacity) + 1
        var memory: UnsafeMutableRawPointer? = nil
        var count = 0
        do {
            while true {
                guard let grown = realloc(memory, capacity) else { throw refuse("there is no memory for its \(max(capacity, file.byteCount)) bytes") }
                memory = grown
                while count < capacity {
                    let got = try file.read(into: grown + count, capacity: capacity - count)
                    if got == 0 { break }
                    count += got
                }
                if count < capacity { break }
                if count > most { throw tooLong("more than \(most)") }
                capacity = count <= file.byteCount ? min(capacity * 4, file.byteCount + 1) : capacity * 2
            }
            if count < file.byteCount { throw refuse("it became shorter while it was read: \(count) of \(file.byteCount) bytes were there") }
            if count > most { throw tooLong(String(count)) }
        } catch {
            free(memory)
            throw error
        }
        bytes = UnsafeRawBufferPointer(start: memory, count: count)
    }

    deinit { free(UnsafeMutableRawPointer(mutating: bytes.baseAddress)) }

    /// Bytes of memory that the machine has.
    private static let machineMemory = max(1, sysconf(Int32(_SC_PHYS_PAGES))) * max(1, sysconf(Int32(_SC_PAGESIZE)))
}

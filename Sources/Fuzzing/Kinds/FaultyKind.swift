import Glibc

/// A kind with the faults that the fuzzer looks for, so that its tests can see it find them: what an input begins with says which.
final class FaultyKind: FuzzKind {
    static let name = "faulty"
    static let summary = "faults that are made on purpose"

    init(workspace: String) {}

    func seeds() -> [[UInt8]] { [Array("harmless".utf8)] }

    func mutated(_ input: [UInt8], _ random: inout RandomSource) -> [UInt8] {
        let word = random.pick(["trap", "refuse", "harmless"])
        return ByteMutation.mutated(input, words: [word], &random)
    }

    func attempt(_ input: [UInt8]) throws {
        let text = String(decoding: input, as: UTF8.self)
        if text.contains("trap") { Self.trap(text.utf8.count) }
        if text.contains("overflow") { print(Self.depth(of: text.utf8.count)) }
        if text.contains("spin") { while Stopwatch.now > 0 {} }
        if text.contains("grow") { Self.grow() }
        if text.contains("lie") { throw WrongAnswer("one and one are three") }
        if text.contains("chatter") { throw Refusal(description: String(repeating: "no. ", count: 2000)) }
        if text.contains("refuse") { throw Refusal(description: "no") }
    }

    private struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    @inline(never) private static func trap(_ count: Int) {
        let numbers = [Int](repeating: 0, count: count)
        print(numbers[count])
    }

    @inline(never) private static func depth(of count: Int) -> Int {
        var bytes = [count, count &+ 1]
        bytes.append(count < 0 ? 0 : depth(of: count &+ 1))
        return bytes.reduce(0, &+)
    }

    nonisolated(unsafe) private static var pieces: [UnsafeMutableRawPointer] = []

    /// Uses memory, a piece at a time, for as long as it is allowed to.
    private static func grow() {
        while let piece = malloc(1 << 24) {
            memset(piece, 1, 1 << 24)
            // Memory that nobody could reach again need not be taken at all.
            pieces.append(piece)
            usleep(1000)
        }
        while Stopwatch.now > 0 {}
    }
}

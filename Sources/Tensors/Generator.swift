import Kernels

/// A source of random numbers with a seed, counter-based: its whole state is two integers.
///
/// Each request for numbers takes a new stream, so a value depends only on the seed, on how many requests came before
/// and on its index, never on threads.
public final class Generator {
    /// Used where no generator is given; `sentx.manual_seed` seeds it.
    public static let shared = Generator(seed: 0)

    /// Everything needed to go on, or to make the same numbers again.
    public struct State: Equatable, Sendable {
        public var seed: UInt64
        public var stream: UInt64

        public init(seed: UInt64, stream: UInt64) {
            self.seed = seed
            self.stream = stream
        }
    }

    public var state: State

    public init(seed: UInt64) { state = State(seed: seed, stream: 0) }

    /// Starts again at `seed`.
    public func manualSeed(_ seed: UInt64) { state = State(seed: seed, stream: 0) }

    /// A stream that nothing else has used.
    public func nextStream() -> RandomStream {
        // A state that a script has set may be the last.
        defer { state.stream &+= 1 }
        return RandomStream(philox: Philox(seed: state.seed), stream: state.stream)
    }

    /// A whole number in `0..<bound`, without bias.
    public func integer(below bound: Int) -> Int {
        var source = nextStream()
        return Int.random(in: 0..<bound, using: &source)
    }

    /// `0..<count` in random order (Fisher and Yates).
    public func permutation(_ count: Int) -> [Int] {
        var source = nextStream()
        return Array(0..<count).shuffled(using: &source)
    }

    /// Puts elements into the order that ``permutation(_:)`` has for as many.
    func shuffle(_ elements: UnsafeMutableBufferPointer<Int64>) {
        var source = nextStream(), elements = elements
        elements.shuffle(using: &source)
    }
}

/// One stream of a ``Generator``: indexable for kernels, sequential for Swift's own random functions.
public struct RandomStream: RandomNumberGenerator {
    public let philox: Philox
    public let stream: UInt64
    private var position: UInt64 = 0

    init(philox: Philox, stream: UInt64) {
        self.philox = philox
        self.stream = stream
    }

    public mutating func next() -> UInt64 {
        let block = philox.block(stream: stream, index: position / 2)
        defer { position &+= 1 }
        return position % 2 == 0 ? UInt64(block.x) | UInt64(block.y) << 32 : UInt64(block.z) | UInt64(block.w) << 32
    }
}

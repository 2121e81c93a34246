/// Random numbers that follow from a seed, the same on every machine (SplitMix64).
package struct RandomSource: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `bound` - 1; 0 if `bound` is below 1.
    package mutating func below(_ bound: Int) -> Int { bound < 1 ? 0 : Int(next() % UInt64(bound)) }

    /// True once in `count` times.
    package mutating func once(in count: Int) -> Bool { below(count) == 0 }

    /// One of several.
    package mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }

    /// Mostly small, seldom up to `limit`: how often something is done.
    package mutating func count(upTo limit: Int) -> Int {
        var bound = 2
        while bound < limit, !once(in: 2) { bound *= 2 }
        return 1 + below(min(bound, limit))
    }
}

/// Changes of texts whose lines are things of their own.
package enum LineMutation {
    /// - Parameter change: what is done to a single line.
    package static func mutated(_ input: [UInt8], _ random: inout RandomSource, line change: ([UInt8], inout RandomSource) -> [UInt8]) -> [UInt8] {
        var lines = input.split(separator: 10, omittingEmptySubsequences: false).map(Array.init)
        for _ in 0..<random.count(upTo: 4) {
            let place = random.below(lines.count)
            if lines.isEmpty { lines = [[]] }
            switch random.below(8) {
            case 0: lines.remove(at: place)
            case 1: lines.insert(random.pick(lines), at: place)
            case 2: lines.swapAt(place, random.below(lines.count))
            case 3 where lines.count < 64:
                let copied = random.pick(lines)
                lines.insert(contentsOf: [[UInt8]](repeating: copied, count: random.count(upTo: 256)), at: place)
            default: lines[place] = change(lines[place], &random)
            }
        }
        return Array(Array(lines.joined(separator: [10])).prefix(ByteMutation.longest))
    }
}

/// Integers that are written out with more digits than 64 bits hold.
enum ExactInteger {
    /// Whether the magnitude of `value`, which is 2^53 or more, is exactly the integer that `digits` spell.
    ///
    /// Its own digits are made in base 10^9: a significand of 53 bits, doubled as often as the exponent says.
    static func isValue(_ value: Double, of digits: Substring) -> Bool {
        guard value.isFinite, value.magnitude >= 0x1p53 else { return false }
        let significand = value.significandBitPattern | 1 << 52
        var doublings = Int(value.exponent) - 52
        let base: UInt64 = 1_000_000_000
        var limbs = [significand % base, significand / base]
        while doublings > 0 {
            let shift = min(doublings, 32)
            var carry: UInt64 = 0
            for place in limbs.indices {
                let product = limbs[place] << UInt64(shift) + carry
                limbs[place] = product % base
                carry = product / base
            }
            while carry > 0 {
                limbs.append(carry % base)
                carry /= base
            }
            doublings -= shift
        }
        while limbs.count > 1, limbs[limbs.count - 1] == 0 { limbs.removeLast() }
        let text = limbs.reversed().enumerated().map { place, limb in
            let part = String(limb)
            return place == 0 ? part : String(repeating: "0", count: 9 - part.count) + part
        }.joined()
        return text.utf8.elementsEqual(digits.utf8)
    }
}

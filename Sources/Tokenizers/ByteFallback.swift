/// The tokens that stand for single bytes in vocabularies with byte fallback: `<0x00>` to `<0xFF>`.
enum ByteFallback {
    /// The ids of the 256 byte tokens, -1 where `id` knows none.
    static func ids(_ id: (String) -> Int32?) -> [Int32] {
        (0..<256).map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return id("<0x" + (byte < 16 ? "0" : "") + digits + ">") ?? -1
        }
    }
}

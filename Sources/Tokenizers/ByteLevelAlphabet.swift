/// The printable characters that stand for the 256 bytes in byte-level vocabularies (introduced with GPT-2): the
/// printable part of Latin-1 stands for itself, the other bytes take the scalars from U+0100 on, in order.
enum ByteLevelAlphabet {
    /// The scalar of every byte.
    static let scalars: [UInt32] = {
        var next: UInt32 = 0x100
        return (UInt32(0)..<256).map { byte in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return byte
            default:
                next += 1
                return next - 1
            }
        }
    }()

    /// The scalar of every byte in UTF-8.
    static let encoded: [[UInt8]] = scalars.map { UTF8Text.bytes([$0]) }

    /// The bytes that a token stands for: the token's own bytes if it holds any other character.
    static func decoded(_ token: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for scalar in token.unicodeScalars {
            guard let byte = byte(of: scalar.value) else { return Array(token.utf8) }
            bytes.append(byte)
        }
        return bytes
    }

    private static let bytes: [UInt32: UInt8] = {
        var bytes: [UInt32: UInt8] = [:]
        for (byte, scalar) in scalars.enumerated() { bytes[scalar] = UInt8(byte) }
        return bytes
    }()

    private static func byte(of scalar: UInt32) -> UInt8? { bytes[scalar] }
}

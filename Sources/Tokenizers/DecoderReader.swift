/// Reads the `decoder` member of a tokenizer file.
enum DecoderReader {
    /// The decoder, nil if the member is missing or null: then tokens are joined by spaces.
    static func read(_ member: ComponentReader) throws -> (any Decoder)? {
        if member.isMissing { return nil }
        let step = try step(member)
        return step is DecoderSequence ? step : Placed(step, member)
    }

    private static func step(_ member: ComponentReader) throws -> any Decoder {
        let type = try member["type"].string()
        switch type {
        case "WordPiece":
            return WordPieceDecoder(prefix: try member["prefix"].string(default: "##"),
                                    cleansUp: try member["cleanup"].bool(default: true))
        case "ByteLevel": return ByteLevelDecoder()
        case "Metaspace":
            return MetaspaceDecoder(replacement: Unicode.Scalar(try member["replacement"].scalar())!,
                                    scheme: try PreTokenizerReader.prependScheme(member))
        case "BPEDecoder": return SuffixDecoder(suffix: LiteralText(Array(try member["suffix"].string(default: "</w>").utf8)))
        case "Replace": return ReplaceDecoder(replace: try NormalizerReader.replace(member))
        case "Fuse": return FuseDecoder()
        case "Strip":
            return StripDecoder(content: Unicode.Scalar(try member["content"].scalar())!,
                                start: try member["start"].count(), stop: try member["stop"].count())
        case "ByteFallback": return ByteFallbackDecoder()
        case "Sequence": return DecoderSequence(steps: try member["decoders"].steps(read, count: { DecoderSequence(steps: $0).count }))
        default: throw member["type"].problem("unknown decoder \"\(type)\"")
        }
    }
}

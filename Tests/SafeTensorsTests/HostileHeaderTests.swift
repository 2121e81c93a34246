import Files
import SafeTensors
import TestSupport
import Testing

@Suite struct HostileHeaderTests {
    let folder = TemporaryFolder()

    /// The complaint about a file with this header and this many bytes of data, without the path.
    private func complaint(header: String, data: Int = 0, announced: Int? = nil) throws -> String {
        var bytes = withUnsafeBytes(of: UInt64(bitPattern: Int64(announced ?? header.utf8.count)).littleEndian) { Array($0) }
        bytes += header.utf8
        bytes += [UInt8](repeating: 0, count: data)
        return try complaint(bytes: bytes)
    }

    private func complaint(bytes: [UInt8]) throws -> String {
        let path = folder("f")
        try AtomicFile.write(bytes, to: path)
        do {
            _ = try SafeTensorsFile(path: path)
            return "none"
        } catch {
            let text = "\(error)"
            #expect(text.hasPrefix(path + ": "))
            return String(text.dropFirst(path.count + 2))
        }
    }

    @Test func anEmptyListOfTensorsIsFine() throws {
        #expect(try complaint(header: "{}") == "none")
        #expect(try complaint(header: #"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}   "#) == "none")
    }

    @Test(arguments: [
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4,
         "tensor \"a\": truncated: it ends at byte 8 of the data, of which the file has 4"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 9, "1 bytes at the end belong to no tensor"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4,
         "tensor \"a\": shape [2] of F32 needs 8 bytes, its data_offsets [0, 4] hold 4"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8,
         "tensor \"a\": begins at byte 4, which leaves a gap after byte 0"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}"#, 6,
         "tensor \"b\": begins at byte 2, inside the tensor before it, which ends at 4"),
        (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, 0,
         "tensor \"a\": its shape [4611686018427387904, 4] is beyond any memory"),
        (#"{"a":{"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}}"#, 0,
         "tensor \"a\": truncated: it ends at byte 9223372036854775807 of the data, of which the file has 0"),
        (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4,
         "tensor \"a\": its shape is not a list of non-negative integers"),
        (#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#, 4,
         "tensor \"a\": its shape is not a list of non-negative integers"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4,
         "tensor \"a\": its data_offsets are not a begin and an end"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}"#, 4,
         "tensor \"a\": its data_offsets are not a begin and an end"),
        (#"{"a":{"dtype":"F32","shape":[1]}}"#, 4, "tensor \"a\": its data_offsets are not a begin and an end"),
        (#"{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,4]}}"#, 4,
         "tensor \"a\": dtype \"F4\" is not known; known are BOOL, U8, I8, F8_E5M2, F8_E4M3, F8_E8M0, I16, U16, F16, BF16, "
             + "I32, U32, F32, C64, F64, I64, U64"),
        (#"{"a":{"shape":[1],"data_offsets":[0,4]}}"#, 4, "tensor \"a\": its header entry has no dtype"),
        (#"{"a":3}"#, 0, "tensor \"a\": its header entry is not a JSON object"),
        (#"{"__metadata__":{"x":1}}"#, 0, "the value of \"x\" in __metadata__ is not a string"),
        (#"{"__metadata__":[]}"#, 0, "__metadata__ is not a JSON object"),
        ("[]", 0, "the header is not a JSON object"),
        ("", 0, "the header is not valid JSON: line 1, column 1: expected a value, found the end of the text"),
        (#"{"a":{},"a":{}}"#, 0,
         "the header is not valid JSON: line 1, column 16: the key \"a\" comes twice in the object that ends here"),
    ])
    func everyLieIsOneClearError(header: String, data: Int, message: String) throws {
        #expect(try complaint(header: header, data: data) == message)
    }

    @Test func aShapeOfVeryManyDimensionsIsRefused() throws {
        let shape = [String](repeating: "1", count: 100_000).joined(separator: ",")
        let header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[0,4]}}"
        #expect(try complaint(header: header, data: 4).hasSuffix("its shape has 100000 dimensions, of which 64 are possible"))
    }

    @Test func overlappingTensorsAtTheSamePlaceAreFound() throws {
        let header = #"{"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
        #expect(try complaint(header: header, data: 4).contains("begins at byte 0, inside the tensor before it, which ends at 4"))
    }

    @Test func lyingHeaderLengthsAreRefused() throws {
        #expect(try complaint(bytes: []) == "not a safetensors file: 0 bytes cannot hold the header's length")
        #expect(try complaint(bytes: [1, 2, 3]) == "not a safetensors file: 3 bytes cannot hold the header's length")
        #expect(try complaint(header: "{}", announced: 3) == "truncated: the header is 3 bytes long, the file has 2 after the length")
        #expect(try complaint(header: "{}", announced: 100_000_001)
            == "not a safetensors file: a header of 100000001 bytes is beyond the format's limit of 100000000")
        #expect(try complaint(header: "{}", announced: -1).hasPrefix("not a safetensors file: a header of 18446744073709551615"))
    }

    @Test func otherFormatsAreNamedWithTheRemedy() throws {
        #expect(try complaint(bytes: Array("version https://git-lfs.github.com/spec/v1\n".utf8)).hasPrefix("a Git LFS pointer"))
        #expect(try complaint(bytes: [0x50, 0x4B, 3, 4, 0, 0, 0, 0]).hasPrefix("a pickled PyTorch file"))
    }

    @Test func everyTruncationOfAFileIsRefused() throws {
        let floats: [Float] = [1, 2, 3]
        try floats.withUnsafeBytes {
            try SafeTensorsWriter.write(to: folder("whole"), tensors: [
                SafeTensorsOutput(name: "a", dtype: .float32, shape: [3], bytes: $0),
                SafeTensorsOutput(name: "b", dtype: .uint8, shape: [12], bytes: $0),
            ])
        }
        let whole = try FileContents.read(folder("whole"))
        #expect(try complaint(bytes: whole) == "none")
        for count in 0..<whole.count { #expect(try complaint(bytes: Array(whole[..<count])) != "none", "cut to \(count) bytes") }
    }
}

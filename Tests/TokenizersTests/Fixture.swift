import Foundation
import JSON
import Tokenizers

/// The fixtures, as `make_fixtures.py` writes them.
enum Fixture {
    static let folder = Bundle.module.resourcePath! + "/Fixtures"

    /// The hostile texts; every list of expected ids runs over them.
    static let hostile: [String] = try! json("hostile.json").asArray!.map { $0.asString! }

    static func json(_ name: String) throws -> JSONValue { try JSONValue.parse(contentsOfFile: folder + "/" + name) }

    static func ids(_ value: JSONValue) -> [Int32] { value.asArray!.map { Int32($0.asInteger!) } }

    /// A copy of a fixture folder in which files may be changed; removed by the caller.
    static func copy(_ name: String) throws -> String {
        let copy = NSTemporaryDirectory() + "tokenizer-" + UUID().uuidString
        try FileManager.default.copyItem(atPath: folder + "/" + name, toPath: copy)
        return copy
    }
}

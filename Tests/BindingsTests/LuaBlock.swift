import Files
import Foundation
import Testing

/// A fenced Lua block of a guide.
struct LuaBlock: CustomTestStringConvertible {
    let file: String
    /// Line of the first line of code, from 1.
    let line: Int
    /// Words behind `lua` on the fence; `model` marks a block that needs the base model.
    let marks: [String]
    let code: String

    var testDescription: String { "\(file):\(line)" }
    var needsModel: Bool { marks.contains("model") }

    /// The folder of the package.
    static let root = Path.parent(of: Path.parent(of: Path.parent(of: #filePath)))

    /// All blocks of README.md and references/*.md, but for api.md, whose examples go on from things made elsewhere.
    static let all: [LuaBlock] = {
        let guides = ((try? Folder.entries(Path.join(root, "references"))) ?? []).filter { $0.hasSuffix(".md") && $0 != "api.md" }
        return (["README.md"] + guides.map { "references/\($0)" }).flatMap(blocks)
    }()

    private static func blocks(of file: String) -> [LuaBlock] {
        guard let bytes = try? FileContents.read(Path.join(root, file)) else { return [] }
        var blocks: [LuaBlock] = []
        var open: (line: Int, words: [Substring], code: [Substring])?
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() {
            if line.hasPrefix("```") {
                if let block = open {
                    open = nil
                    guard block.words.first == "lua" else { continue }
                    blocks.append(LuaBlock(file: file, line: block.line, marks: block.words.dropFirst().map(String.init),
                                           code: block.code.joined(separator: "\n")))
                } else {
                    open = (number + 2, line.dropFirst(3).split(separator: " "), [])
                }
            } else {
                open?.code.append(line)
            }
        }
        return blocks
    }
}

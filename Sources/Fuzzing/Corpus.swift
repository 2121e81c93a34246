import Files

/// The inputs that are changed further: the seeds, and those that led to something that none before did.
///
/// They are kept in a folder, so that a worker that takes over from one that died goes on with them.
final class Corpus {
    let folder: String
    private var inputs: [[UInt8]] = []
    /// Outcomes without what differs from input to input.
    private var seen: Set<String> = []
    private var savedCount = 0

    private static let mostInputs = 2000

    init(folder: String) throws {
        self.folder = folder
        try Folder.create(folder)
        for name in try Folder.entries(folder).prefix(Self.mostInputs) where name.hasPrefix("new-") {
            inputs.append(try FileContents.read(Path.join(folder, name)))
            savedCount += 1
        }
    }

    func add(_ seeds: [[UInt8]]) { inputs += seeds }

    func pick(_ random: inout RandomSource) -> [UInt8] { inputs.isEmpty ? [] : random.pick(inputs) }

    /// Keeps an input whose outcome is new. Without the engine that watches the code, the message says how far an input came.
    func learn(_ input: [UInt8], outcome: String?) throws {
        guard let outcome, inputs.count < Self.mostInputs, seen.insert(Self.shape(of: outcome)).inserted else { return }
        inputs.append(input)
        try save(input, name: "new-\(savedCount)")
        savedCount += 1
    }

    func save(_ input: [UInt8], name: String) throws { try PlainFile.write(input, to: Path.join(folder, name)) }

    /// A message without its numbers, quotations and paths.
    private static func shape(of message: String) -> String {
        var shape = "", isQuoted = false
        for scalar in message.unicodeScalars {
            if scalar == "\"" || scalar == "'" {
                isQuoted.toggle()
            } else if !isQuoted, scalar.properties.isAlphabetic {
                shape.unicodeScalars.append(scalar)
            }
        }
        return String(shape.prefix(160))
    }
}

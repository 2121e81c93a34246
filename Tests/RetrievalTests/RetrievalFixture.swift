import Foundation
import Tensors
import Testing

/// Reads `Fixtures/<name>.json`.
func retrievalFixture<Content: Decodable>(_ name: String, as type: Content.Type = Content.self) throws -> Content {
    let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(type, from: Data(contentsOf: url))
}

/// Nested lists as a matrix.
func matrix(_ rows: [[Float]]) -> Tensor { Tensor(rows.flatMap { $0 }, shape: [rows.count, rows.first?.count ?? 0]) }

import Foundation
import JSON

/// A reference file made by `make_fixtures.py`.
func fixture(_ name: String) throws -> JSONValue {
    let url = Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures")!
    return try JSONValue.parse(contentsOfFile: url.path)
}

extension JSONValue {
    var doubles: [Double] { asArray!.map { $0.asNumber! } }
    var floats: [Float] { doubles.map(Float.init) }
}

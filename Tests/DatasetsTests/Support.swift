import Datasets

/// The message of the error that a body throws.
func message(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "no error"
    } catch {
        return "\(error)"
    }
}

func strings(_ texts: String...) -> [DatasetValue] { texts.map { .string($0) } }
func integers(_ values: Int64...) -> [DatasetValue] { values.map { .integer($0) } }

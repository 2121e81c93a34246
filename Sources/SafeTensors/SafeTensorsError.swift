/// A safetensors file that is damaged, lies about itself, or does not hold what is asked for.
public struct SafeTensorsError: Error, Equatable, CustomStringConvertible {
    public let file: String
    /// The tensor at fault, nil where the file as a whole is.
    public let tensor: String?
    public let message: String

    public init(file: String, tensor: String? = nil, message: String) {
        self.file = file
        self.tensor = tensor
        self.message = message
    }

    /// `model.safetensors: tensor "head.weight": …`
    public var description: String {
        if let tensor { return "\(file): tensor \"\(tensor)\": \(message)" }
        return "\(file): \(message)"
    }
}

/// The documentation of one function, method, property or class, kept where it is registered.
public struct Doc: Sendable {
    /// One parameter, option or field.
    public struct Parameter: Sendable {
        public let name: String
        /// In words: "string", "table of integers", "Tensor".
        public let type: String
        /// As it would be written in Lua; nil means required, unless ``isOptional``.
        public let defaultValue: String?
        public let isOptional: Bool
        public let summary: String

        public init(_ name: String, _ type: String, default defaultValue: String? = nil, optional: Bool = false,
                    _ summary: String) {
            self.name = name
            self.type = type
            self.defaultValue = defaultValue
            isOptional = optional || defaultValue != nil
            self.summary = summary
        }
    }

    public let summary: String
    public let parameters: [Parameter]
    /// The fields of the option table, which is the last parameter.
    public let options: [Parameter]
    public let returns: String?
    /// Lua code.
    public let example: String?

    public init(_ summary: String, parameters: [Parameter] = [], options: [Parameter] = [], returns: String? = nil,
                example: String? = nil) {
        self.summary = summary
        self.parameters = parameters
        self.options = options
        self.returns = returns
        self.example = example
    }
}

extension Doc: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self.init(value) }
}

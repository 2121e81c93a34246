/// In what precision the projections of an encoder multiply. Sums are float32 in either; so are weights, norms, softmax and losses.
public enum ComputePrecision: String, CaseIterable, Sendable {
    case float32
    /// Both operands of a product are rounded to bfloat16 (to nearest, ties to even).
    case bfloat16

    @TaskLocal private static var scoped: ComputePrecision = .float32

    /// The precision of the innermost ``with(_:_:)`` around this call; float32 outside.
    public static var current: ComputePrecision { scoped }

    /// Runs `body`, and the products that it calls for, in `precision`.
    public static func with<Result>(_ precision: ComputePrecision, _ body: () throws -> Result) rethrows -> Result {
        try $scoped.withValue(precision, operation: body)
    }
}

import ComputeRuntime
import Glibc
import Kernels
import LuaHost

/// What `encode`, `predict` and `rank` take to compute in another precision than float32.
let computePrecisionOptions: [Doc.Parameter] = [
    .init("bf16", "boolean", default: "false",
          "whether the model's products are computed in bfloat16, with float32 sums: about twice as fast where the processor can"),
    .init("compute_precision", "string", default: "\"float32\"",
          """
              \"bfloat16\" is the same as bf16 = true; \"int8\" multiplies weights as bytes with scales (and attention where the \
              processor has bfloat16), which is faster again and less exact. What the processor cannot do, or not faster, is computed \
              in float32, and a note says so once
              """),
]

extension LuaOptions {
    /// What `bf16` or `compute_precision` ask for; nil, for what is in force, where neither is given.
    func computePrecision() throws -> ComputePrecision? {
        let precision = try askedComputePrecision()
        if let precision { UnservedPrecision.note(precision) }
        return precision
    }

    private func askedComputePrecision() throws -> ComputePrecision? {
        let flag = try optionalBool("bf16").map { $0 ? ComputePrecision.bfloat16 : .float32 }
        let slot = slot("compute_precision")
        if slot.isNil { return flag }
        let named = ComputePrecision(rawValue: try slot.choice(ComputePrecision.allCases.map(\.rawValue)))
        if let flag, flag != named { throw slot.invalid("bf16 = \(flag == .bfloat16) says otherwise") }
        return named
    }
}

/// What is said of a precision that the processor does not serve.
package enum UnservedPrecision {
    nonisolated(unsafe) private static var noted: Set<ComputePrecision> = []

    /// Says once in a process that `precision` was asked for and float32 is what is computed in.
    static func note(_ precision: ComputePrecision) {
        guard let text = text(precision, with: .current), noted.insert(precision).inserted else { return }
        fputs("note: \(text)\n", stderr)
    }

    /// The note, nil where the precision is served.
    package static func text(_ precision: ComputePrecision, with set: InstructionSet) -> String? {
        guard precision.served(by: set) != precision else { return nil }
        return "compute_precision = \"\(precision.rawValue)\": products in \(precision == .int8 ? "bytes" : "bfloat16") are missing on this processor, "
            + "or slower than those in float32 (instructions: \(set.rawValue)), so the model multiplies in float32"
    }
}

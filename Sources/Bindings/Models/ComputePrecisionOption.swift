import Kernels
import LuaHost

/// What `encode`, `predict` and `rank` take to compute in another precision than float32.
let computePrecisionOptions: [Doc.Parameter] = [
    .init("bf16", "boolean", default: "false",
          "whether the model's products are computed in bfloat16, with float32 sums: about twice as fast where the processor can"),
    .init("compute_precision", "string", default: "\"float32\"",
          """
              \"bfloat16\" is the same as bf16 = true; \"int8\" multiplies weights and attention as bytes with scales, which is \
              faster again where bfloat16 is, and less exact. Where the processor cannot, the next better one is taken
              """),
]

extension LuaOptions {
    /// What `bf16` or `compute_precision` ask for; nil, for what is in force, where neither is given.
    func computePrecision() throws -> ComputePrecision? {
        let flag = try optionalBool("bf16").map { $0 ? ComputePrecision.bfloat16 : .float32 }
        let slot = slot("compute_precision")
        if slot.isNil { return flag }
        let named = ComputePrecision(rawValue: try slot.choice(ComputePrecision.allCases.map(\.rawValue)))
        if let flag, flag != named { throw slot.invalid("bf16 = \(flag == .bfloat16) says otherwise") }
        return named
    }
}

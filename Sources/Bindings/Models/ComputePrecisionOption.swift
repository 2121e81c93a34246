import Kernels
import LuaHost

/// What `encode`, `predict` and `rank` take to compute in bfloat16.
let bf16Option = Doc.Parameter("bf16", "boolean", default: "false",
    "whether the model's products are computed in bfloat16, with float32 sums: about twice as fast where the processor can")

extension LuaOptions {
    /// What `bf16` asks for; nil, for what is in force, where it is not given.
    func computePrecision() throws -> ComputePrecision? {
        try optionalBool("bf16").map { $0 ? .bfloat16 : .float32 }
    }
}

// swift-tools-version: 6.1
import PackageDescription

// The module graph is the architecture: a layer imports only what stands below it (see README, "How it is built").

/// Kernels are compiled without run-time checks and, on x86-64, for AVX2 and FMA (x86-64-v3).
#if arch(x86_64)
let kernelFlags: [SwiftSetting] = [.unsafeFlags(["-Ounchecked", "-Xcc", "-march=x86-64-v3"])]
#else
let kernelFlags: [SwiftSetting] = [.unsafeFlags(["-Ounchecked"])]
#endif

/// Kernels that run only where ``InstructionSet`` found AVX-512, and those that need its bfloat16 products too.
#if arch(x86_64)
let avx512Flags: [SwiftSetting] = [
    .unsafeFlags(["-Ounchecked", "-Xcc", "-march=x86-64-v4", "-Xcc", "-mprefer-vector-width=512"])
]
let avx512BF16Flags: [SwiftSetting] = [
    .unsafeFlags(["-Ounchecked", "-Xcc", "-march=x86-64-v4", "-Xcc", "-mavx512bf16", "-Xcc", "-mavx512vnni",
                  "-Xcc", "-mprefer-vector-width=512"])
]
let kernelsOfProcessor: [Target] = [
    .target(name: "KernelsAVX512", dependencies: ["CSIMD"], swiftSettings: avx512Flags),
    .target(name: "KernelsAVX512BF16", dependencies: ["CSIMD"], swiftSettings: avx512BF16Flags),
]
#else
let kernelsOfProcessor: [Target] = []
#endif

/// The tests of a layer. Fixtures are made by the scripts beside them: `make_fixtures.py`, and one more for each of `kinds`.
func tests(_ layer: String, using layers: [String] = [], fixtures: Bool = false, kinds: [String] = []) -> Target {
    .testTarget(
        name: "\(layer)Tests",
        dependencies: ([layer, "TestSupport"] + layers).map { .byName(name: $0) },
        exclude: fixtures ? ["make_fixtures.py"] + kinds.map { "make_\($0)_fixtures.py" } : [],
        resources: fixtures ? [.copy("Fixtures")] : []
    )
}

let package = Package(
    name: "sentx",
    products: [
        .executable(name: "sentx-run", targets: ["sentx-run"]),
        .executable(name: "sentx-repl", targets: ["sentx-repl"]),
        .executable(name: "sentx-bench", targets: ["sentx-bench"]),
    ],
    targets: [
        // System libraries.
        .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
        .systemLibrary(name: "CEditline", pkgConfig: "libedit", providers: [.apt(["libedit-dev"])]),
        .systemLibrary(name: "CUnicode", pkgConfig: "libutf8proc", providers: [.apt(["libutf8proc-dev"])]),

        .systemLibrary(name: "CFiles"),
        .systemLibrary(name: "CSIMD"),

        // Foundations.
        .target(name: "Files", dependencies: ["CFiles"]),
        .target(name: "TextFormat"),
        .target(name: "JSON", dependencies: ["Files"]),
        .target(name: "SafeTensors", dependencies: ["JSON", "Files", "Kernels"]),
        .target(name: "Kernels", dependencies: ["COpenBLAS", "CSIMD"] + kernelsOfProcessor.map { .byName(name: $0.name) }, swiftSettings: kernelFlags),
        .target(name: "CLuaShim", dependencies: ["CLua"]),
        .target(name: "LuaHost", dependencies: ["CLua", "CLuaShim", "TextFormat"]),

        // Values.
        .target(name: "Tensors", dependencies: ["Kernels"]),
        .target(name: "Tokenizers", dependencies: ["Files", "JSON", "Kernels", "CUnicode"]),
        .target(name: "Datasets", dependencies: ["JSON", "Files", "TextFormat", "Kernels", "CUnicode"]),

        // Models and how they learn.
        .target(name: "Encoders", dependencies: ["Tensors", "Tokenizers", "SafeTensors", "Files", "Kernels", "JSON"]),
        .target(name: "Losses", dependencies: ["Encoders", "Tensors", "Datasets", "JSON"]),
        .target(name: "CrossEncoderLosses", dependencies: ["Losses", "Encoders", "Tensors", "Datasets", "JSON", "TextFormat"]),
        .target(name: "SentenceTransformerLosses",
                dependencies: ["Losses", "Encoders", "Tensors", "Datasets", "SafeTensors", "Files", "JSON", "TextFormat", "Kernels"]),
        .target(name: "SparseEncoderLosses", dependencies: ["SentenceTransformerLosses", "Losses", "Encoders", "Tensors", "Datasets", "JSON"]),
        .target(name: "Retrieval",
                dependencies: ["Encoders", "Tensors", "Datasets", "SafeTensors", "JSON", "Kernels", "Files", "TextFormat"]),
        .target(name: "Evaluators", dependencies: ["Retrieval", "Encoders", "Tensors", "Kernels", "JSON", "Files", "TextFormat"]),
        .target(name: "Training",
                dependencies: ["Losses", "Evaluators", "Encoders", "Tensors", "Datasets", "Tokenizers", "SafeTensors", "Files", "TextFormat", "Kernels",
                               "JSON"]),

        // The Lua side.
        .target(name: "Bindings",
                dependencies: ["LuaHost", "Training", "Retrieval", "Losses", "CrossEncoderLosses", "SentenceTransformerLosses", "SparseEncoderLosses", "Evaluators", "Encoders", "Tensors",
                               "Tokenizers", "Datasets", "JSON", "Files", "TextFormat", "Kernels"]),
        .target(name: "CLineEditor", dependencies: ["CEditline"]),
        .target(name: "REPL", dependencies: ["LuaHost", "CLineEditor"]),
        .executableTarget(name: "sentx-run", dependencies: ["LuaHost", "Bindings"]),
        .executableTarget(name: "sentx-repl", dependencies: ["REPL", "LuaHost", "Bindings"]),
        .target(name: "Benchmark",
                dependencies: ["Training", "Evaluators", "Retrieval", "CrossEncoderLosses", "SentenceTransformerLosses", "Losses", "Encoders", "Tensors",
                               "Datasets", "Tokenizers", "Kernels", "JSON", "Files", "TextFormat"]),
        .executableTarget(name: "sentx-bench", dependencies: ["Benchmark"]),

        // Hostile input, by scripts/fuzz.sh.
        .target(name: "CFuzzing"),
        .target(name: "Fuzzing",
                dependencies: ["CFuzzing", "Bindings", "LuaHost", "Retrieval", "Encoders", "Tensors", "Tokenizers", "Datasets", "SafeTensors", "JSON", "Files"]),
        .executableTarget(name: "sentx-fuzz", dependencies: ["Fuzzing"]),

        // Tests.
        .target(name: "TestSupport", dependencies: ["Files"], path: "Tests/TestSupport"),
        tests("JSON"),
        tests("Files"),
        tests("SafeTensors", using: ["Files"], fixtures: true),
        tests("Kernels"),
        tests("LuaHost"),
        tests("Tensors", using: ["Kernels"], fixtures: true),
        tests("Tokenizers", using: ["JSON"], fixtures: true),
        tests("Datasets", using: ["Files"]),
        tests("Encoders", using: ["SafeTensors", "Tensors", "Tokenizers", "Kernels", "JSON", "Files"], fixtures: true,
              kinds: ["module", "mpnet", "sparse"]),
        tests("CrossEncoderLosses", using: ["Losses", "Encoders", "Tensors", "Datasets", "Files", "JSON"], fixtures: true),
        tests("SentenceTransformerLosses", using: ["Losses", "Encoders", "Tensors", "Datasets", "Files", "JSON", "Kernels"], fixtures: true,
              kinds: ["guide"]),
        tests("SparseEncoderLosses", using: ["SentenceTransformerLosses", "Losses", "Encoders", "Tensors", "Datasets", "SafeTensors", "Files", "JSON"],
              fixtures: true),
        tests("Evaluators", using: ["Retrieval", "SentenceTransformerLosses", "Encoders", "Tensors"], fixtures: true),
        tests("Retrieval", using: ["Files", "Encoders", "Tensors", "Datasets", "Kernels"], fixtures: true),
        tests("Training", using: ["Kernels", "CrossEncoderLosses", "SentenceTransformerLosses", "SparseEncoderLosses", "Losses", "Evaluators", "Encoders", "Tensors", "Datasets", "SafeTensors", "Files", "JSON"], fixtures: true),
        tests("Bindings", using: ["LuaHost", "Kernels", "Training", "Datasets", "CrossEncoderLosses", "SentenceTransformerLosses", "Losses", "Evaluators", "Retrieval", "Encoders", "Tensors", "SafeTensors", "Files", "JSON"]),
        tests("REPL", using: ["LuaHost"]),
        tests("Fuzzing", using: ["JSON"]),
        tests("Benchmark", using: ["Losses", "Encoders", "Datasets", "Tokenizers", "JSON", "Files"]),
        .testTarget(name: "CommandTests"),
    ] + kernelsOfProcessor,
    // One thread owns the Lua state and the tape; the only parallelism is the kernels' pool, which is checked by hand.
    swiftLanguageModes: [.v5]
)

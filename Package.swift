// swift-tools-version: 6.1
import PackageDescription

// The module graph is the architecture: a layer imports only what stands below it (see README, "How it is built").

/// What kernels stand on keeps its run-time checks. It is optimised in every build, since all computing goes through it.
let computeRuntimeFlags: [SwiftSetting] = [.unsafeFlags(["-O"])]

/// Kernels are loops, compiled without run-time checks and, on x86-64, for AVX2 and FMA (x86-64-v3).
#if arch(x86_64)
let kernelFlags: [SwiftSetting] = [.unsafeFlags(["-Ounchecked", "-Xcc", "-march=x86-64-v3"])]
#else
let kernelFlags: [SwiftSetting] = [.unsafeFlags(["-Ounchecked"])]
#endif

/// Kernels that run only where ``InstructionSet`` found AVX2, or AVX-512, and those that need its bfloat16 products too.
#if arch(x86_64)
let avx512Flags: [SwiftSetting] = [
    .unsafeFlags(["-Ounchecked", "-Xcc", "-march=x86-64-v4", "-Xcc", "-mprefer-vector-width=512"])
]
let avx512BF16Flags: [SwiftSetting] = [
    .unsafeFlags(["-Ounchecked", "-Xcc", "-march=x86-64-v4", "-Xcc", "-mavx512bf16", "-Xcc", "-mavx512vnni",
                  "-Xcc", "-mprefer-vector-width=512"])
]
let kernelsOfProcessor: [Target] = [
    .target(name: "KernelsAVX2", dependencies: ["CSIMD"], swiftSettings: kernelFlags),
    .target(name: "KernelsAVX512", dependencies: ["CSIMD"], swiftSettings: avx512Flags),
    .target(name: "KernelsAVX512BF16", dependencies: ["CSIMD"], swiftSettings: avx512BF16Flags),
]
#else
let kernelsOfProcessor: [Target] = []
#endif

/// Programs contain the Swift runtime, so that they can be copied to another machine, and no symbols, which are two thirds of
/// their size. A linker's matter alone: tests and programs are made of the same objects, whichever is built first.
let programLinking: [LinkerSetting] = [
    .unsafeFlags(["-static-stdlib", "-Xlinker", "-s", "-Xlinker", "--no-export-dynamic"], .when(platforms: [.linux], configuration: .release))
]

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
        .target(name: "ComputeRuntime", dependencies: ["COpenBLAS", "CSIMD"], swiftSettings: computeRuntimeFlags),
        .target(name: "Kernels", dependencies: ["ComputeRuntime", "CSIMD"] + kernelsOfProcessor.map { .byName(name: $0.name) }, swiftSettings: kernelFlags),
        .target(name: "CLuaShim", dependencies: ["CLua"]),
        .target(name: "LuaHost", dependencies: ["CLua", "CLuaShim", "TextFormat"]),

        // Values.
        .target(name: "Tensors", dependencies: ["Kernels", "ComputeRuntime"]),
        .target(name: "Tokenizers", dependencies: ["Files", "JSON", "ComputeRuntime", "CUnicode"]),
        .target(name: "Datasets", dependencies: ["JSON", "Files", "TextFormat", "Kernels", "ComputeRuntime", "CUnicode"]),

        // Models and how they learn.
        .target(name: "Encoders", dependencies: ["Tensors", "Tokenizers", "SafeTensors", "Files", "TextFormat", "Kernels", "ComputeRuntime", "JSON"]),
        .target(name: "Losses", dependencies: ["Encoders", "Tensors", "Datasets", "JSON"]),
        .target(name: "CrossEncoderLosses", dependencies: ["Losses", "Encoders", "Tensors", "Datasets", "JSON", "TextFormat"]),
        .target(name: "SentenceTransformerLosses",
                dependencies: ["Losses", "Encoders", "Tensors", "Datasets", "SafeTensors", "Files", "JSON", "TextFormat", "Kernels"]),
        .target(name: "SparseEncoderLosses", dependencies: ["SentenceTransformerLosses", "Losses", "Encoders", "Tensors", "Datasets", "JSON"]),
        .target(name: "Retrieval",
                dependencies: ["Encoders", "Tensors", "Datasets", "SafeTensors", "JSON", "Kernels", "ComputeRuntime", "Files", "TextFormat"]),
        .target(name: "Evaluators", dependencies: ["Retrieval", "Encoders", "Tensors", "Kernels", "JSON", "Files", "TextFormat"]),
        .target(name: "Training",
                dependencies: ["Losses", "Evaluators", "Encoders", "Tensors", "Datasets", "Tokenizers", "SafeTensors", "Files", "TextFormat", "Kernels",
                               "ComputeRuntime", "JSON"]),

        // The Lua side.
        .target(name: "Bindings",
                dependencies: ["LuaHost", "Training", "Retrieval", "Losses", "CrossEncoderLosses", "SentenceTransformerLosses", "SparseEncoderLosses", "Evaluators", "Encoders", "Tensors",
                               "Tokenizers", "Datasets", "JSON", "Files", "TextFormat", "Kernels", "ComputeRuntime"]),
        .target(name: "CLineEditor", dependencies: ["CEditline"]),
        .target(name: "REPL", dependencies: ["LuaHost", "TextFormat", "CLineEditor"]),
        .executableTarget(name: "sentx-run", dependencies: ["LuaHost", "Bindings", "Files"], linkerSettings: programLinking),
        .executableTarget(name: "sentx-repl", dependencies: ["REPL", "LuaHost", "Bindings", "Files"], linkerSettings: programLinking),
        .target(name: "Benchmark",
                dependencies: ["Training", "Evaluators", "Retrieval", "CrossEncoderLosses", "SentenceTransformerLosses", "Losses", "Encoders", "Tensors",
                               "Datasets", "Tokenizers", "Kernels", "ComputeRuntime", "JSON", "Files", "TextFormat"]),
        .executableTarget(name: "sentx-bench", dependencies: ["Benchmark", "Files"], linkerSettings: programLinking),

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
        tests("ComputeRuntime"),
        tests("Kernels", using: ["ComputeRuntime"]),
        tests("LuaHost"),
        tests("Tensors", using: ["Kernels", "ComputeRuntime"], fixtures: true),
        tests("Tokenizers", using: ["JSON"], fixtures: true, kinds: ["expression"]),
        tests("Datasets", using: ["Files"]),
        tests("Encoders", using: ["SafeTensors", "Tensors", "Tokenizers", "Kernels", "ComputeRuntime", "JSON", "Files"], fixtures: true,
              kinds: ["module", "mpnet", "padding", "sparse"]),
        tests("CrossEncoderLosses", using: ["Losses", "Encoders", "Tensors", "Datasets", "Files", "JSON"], fixtures: true),
        tests("SentenceTransformerLosses", using: ["Losses", "Encoders", "Tensors", "Datasets", "Files", "JSON", "Kernels", "ComputeRuntime"], fixtures: true,
              kinds: ["guide"]),
        tests("SparseEncoderLosses", using: ["SentenceTransformerLosses", "Losses", "Encoders", "Tensors", "Datasets", "SafeTensors", "Files", "JSON"],
              fixtures: true),
        tests("Evaluators", using: ["Retrieval", "SentenceTransformerLosses", "Encoders", "Tensors"], fixtures: true),
        tests("Retrieval", using: ["Files", "Encoders", "Tensors", "Datasets", "Kernels"], fixtures: true),
        tests("Training", using: ["Kernels", "ComputeRuntime", "CrossEncoderLosses", "SentenceTransformerLosses", "SparseEncoderLosses", "Losses", "Evaluators", "Encoders", "Tensors", "Datasets", "SafeTensors", "Files", "JSON"], fixtures: true),
        tests("Bindings", using: ["LuaHost", "Kernels", "ComputeRuntime", "Training", "Datasets", "CrossEncoderLosses", "SentenceTransformerLosses", "Losses", "Evaluators", "Retrieval", "Encoders", "Tensors", "SafeTensors", "Files", "JSON"]),
        tests("REPL", using: ["LuaHost"]),
        tests("Fuzzing", using: ["JSON"]),
        tests("Benchmark", using: ["Losses", "Encoders", "Datasets", "Tokenizers", "JSON", "Files"]),
        .testTarget(name: "CommandTests"),
    ] + kernelsOfProcessor,
    // One thread owns the Lua state and the tape; the only parallelism is the kernels' pool, which is checked by hand.
    swiftLanguageModes: [.v5]
)

// Searching in texts and regular expressions are ours: the module of Swift's, which every file would import without a word, makes
// each program 3 MB larger, and its expressions have no limit of steps.
for target in package.targets where [.regular, .executable].contains(target.type) {
    target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-Xfrontend", "-disable-implicit-string-processing-module-import"])]
}

// swift-tools-version: 6.1
import PackageDescription

// The module graph is the architecture: a layer imports only what stands below it (see README, "How it is built").

/// Kernels are compiled without run-time checks and, on x86-64, for AVX2 and FMA (x86-64-v3).
#if arch(x86_64)
let kernelFlags: [SwiftSetting] = [.unsafeFlags(["-Ounchecked", "-Xcc", "-march=x86-64-v3"])]
#else
let kernelFlags: [SwiftSetting] = [.unsafeFlags(["-Ounchecked"])]
#endif

let package = Package(
    name: "sentx",
    products: [
        .executable(name: "sentx-run", targets: ["sentx-run"]),
        .executable(name: "sentx-repl", targets: ["sentx-repl"]),
        .executable(name: "sentx-bench", targets: ["sentx-bench"]),
    ],
    targets: [
        // System libraries.
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
        .systemLibrary(name: "CEditline", pkgConfig: "libedit", providers: [.apt(["libedit-dev"])]),
        .systemLibrary(name: "CUnicode", pkgConfig: "libutf8proc", providers: [.apt(["libutf8proc-dev"])]),

        .systemLibrary(name: "CFiles"),

        // Foundations.
        .target(name: "Files", dependencies: ["CFiles"]),
        .target(name: "TextFormat"),
        .target(name: "JSON", dependencies: ["Files"]),
        .target(name: "SafeTensors", dependencies: ["JSON", "Files", "Kernels"]),
        .target(name: "Kernels", dependencies: ["COpenBLAS"], swiftSettings: kernelFlags),
        .target(name: "CLuaShim", dependencies: ["CLua"]),
        .target(name: "LuaHost", dependencies: ["CLua", "CLuaShim"]),

        // Values.
        .target(name: "Tensors", dependencies: ["Kernels"]),
        .target(name: "Tokenizers", dependencies: ["Files", "JSON", "Kernels", "CUnicode"]),
        .target(name: "Datasets", dependencies: ["JSON", "Files", "Kernels", "CUnicode"]),

        // Models and how they learn.
        .target(name: "Encoders", dependencies: ["Tensors", "Tokenizers", "SafeTensors", "Files", "Kernels", "JSON"]),
        .target(name: "Losses", dependencies: ["Encoders", "Tensors", "Datasets", "JSON"]),
        .target(name: "Evaluators", dependencies: ["Encoders", "Tensors", "Files", "TextFormat"]),
        .target(name: "Retrieval",
                dependencies: ["Encoders", "Tensors", "Datasets", "SafeTensors", "Kernels", "Files", "TextFormat"]),
        .target(name: "Training",
                dependencies: ["Losses", "Evaluators", "Encoders", "Tensors", "Datasets", "Tokenizers", "SafeTensors", "Files", "TextFormat", "Kernels",
                               "JSON"]),

        // The Lua side.
        .target(name: "Bindings",
                dependencies: ["LuaHost", "Training", "Retrieval", "Losses", "Evaluators", "Encoders", "Tensors",
                               "Tokenizers", "Datasets", "JSON", "Kernels"]),
        .target(name: "REPL", dependencies: ["LuaHost", "CEditline"]),
        .executableTarget(name: "sentx-run", dependencies: ["LuaHost", "Bindings"]),
        .executableTarget(name: "sentx-repl", dependencies: ["REPL", "LuaHost", "Bindings"]),
        .executableTarget(name: "sentx-bench",
                          dependencies: ["Training", "Losses", "Encoders", "Tensors", "Datasets", "Tokenizers", "Kernels", "JSON"]),

        // Tests.
        .testTarget(name: "EvaluatorsTests", dependencies: ["Evaluators", "Encoders", "Tensors"],
                    exclude: ["make_fixtures.py"], resources: [.copy("Fixtures")]),
        .testTarget(name: "RetrievalTests", dependencies: ["Retrieval", "Encoders", "Tensors", "Datasets", "Kernels", "TestSupport"],
                    exclude: ["make_fixtures.py"], resources: [.copy("Fixtures")]),
        .testTarget(name: "BindingsTests",
                    dependencies: ["Bindings", "LuaHost", "Training", "Losses", "Evaluators", "Retrieval", "Encoders", "Tensors", "SafeTensors",
                                   "Files", "JSON", "TestSupport"]),
        .testTarget(name: "LuaHostTests", dependencies: ["LuaHost"]),
        .target(name: "TestSupport", dependencies: ["Files"], path: "Tests/TestSupport"),
        .testTarget(name: "EncodersTests", dependencies: ["Encoders", "SafeTensors", "Tensors", "Tokenizers", "Kernels", "JSON", "Files", "TestSupport"],
                    exclude: ["make_fixtures.py"], resources: [.copy("Fixtures")]),
        .testTarget(name: "KernelsTests", dependencies: ["Kernels"]),
        .testTarget(name: "LossesTests", dependencies: ["Losses", "Encoders", "Tensors", "Datasets", "JSON"],
                    exclude: ["make_fixtures.py"], resources: [.copy("Fixtures")]),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors", "Kernels"]),
        .testTarget(name: "TokenizersTests", dependencies: ["Tokenizers", "JSON", "TestSupport"],
                    exclude: ["make_fixtures.py"], resources: [.copy("Fixtures")]),
        .testTarget(name: "JSONTests", dependencies: ["JSON"]),
        .testTarget(name: "DatasetsTests", dependencies: ["Datasets", "Files", "TestSupport"]),
        .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"]),
        .testTarget(name: "SafeTensorsTests", dependencies: ["SafeTensors", "Files", "TestSupport"],
                    exclude: ["make_fixtures.py"], resources: [.copy("Fixtures")]),
        .testTarget(name: "TrainingTests",
                    dependencies: ["Training", "Losses", "Evaluators", "Encoders", "Tensors", "Datasets", "SafeTensors", "Files", "JSON",
                                   "TestSupport"],
                    exclude: ["make_fixtures.py"], resources: [.copy("Fixtures")]),
    ],
    // One thread owns the Lua state and the tape; the only parallelism is the kernels' pool, which is checked by hand.
    swiftLanguageModes: [.v5]
)

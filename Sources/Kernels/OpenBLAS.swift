import COpenBLAS
import CSIMD
import Glibc

/// The library of matrix products, opened at its first use.
///
/// It is not linked, because it chooses its kernels while it is loaded, by a list of processors: releases older than the processor
/// fall back to code for the first 64-bit ones, at a fifth of the speed. Then it is opened again with the nearest kernels it has
/// (`OPENBLAS_CORETYPE`, which wins where it is set). It runs on the caller's thread; the pool is the only scheduler.
package struct OpenBLAS: @unchecked Sendable {
    let sgemm: cblas_sgemm_function
    let dgemm: cblas_dgemm_function
    /// LAPACK's.
    let dsyevd: dsyevd_function
    /// The name that the library gives to its kernels, such as `Haswell`.
    package let coreName: String

    package static let shared: OpenBLAS = {
        guard var handle = open() else { fail() }
        if isOutdated(coreName(handle)) && getenv("OPENBLAS_CORETYPE") == nil {
            dlclose(handle)
            setenv("OPENBLAS_CORETYPE", csimd_has_avx512() ? "SkylakeX" : "Haswell", 1)
            guard let again = open() else { fail() }
            handle = again
            unsetenv("OPENBLAS_CORETYPE")
        }
        let setThreads = symbol(handle, "openblas_set_num_threads", as: openblas_set_num_threads_function.self)
        setThreads(1)
        return OpenBLAS(sgemm: symbol(handle, "cblas_sgemm", as: cblas_sgemm_function.self),
                        dgemm: symbol(handle, "cblas_dgemm", as: cblas_dgemm_function.self),
                        dsyevd: symbol(handle, "dsyevd_", as: dsyevd_function.self),
                        coreName: coreName(handle))
    }()

    private static func coreName(_ handle: UnsafeMutableRawPointer) -> String {
        let name = symbol(handle, "openblas_get_corename", as: openblas_get_corename_function.self)
        return name().map { String(cString: $0) } ?? ""
    }

    /// Whether these kernels do without AVX2 although the processor has it.
    package static func isOutdated(_ coreName: String) -> Bool {
        let withoutAVX2 = ["Katmai", "Coppermine", "Northwood", "Prescott", "Banias", "Atom", "Core2", "Penryn", "Dunnington", "Nehalem",
                           "Sandybridge", "Athlon", "Opteron", "Opteron_SSE3", "Barcelona", "Nano", "Bobcat", "Bulldozer", "Piledriver"]
        return csimd_has_avx2_fma() && withoutAVX2.contains(coreName)
    }

    private static func open() -> UnsafeMutableRawPointer? { dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL) }

    private static func symbol<Function>(_ handle: UnsafeMutableRawPointer, _ name: String, as type: Function.Type) -> Function {
        guard let address = dlsym(handle, name) else { fail() }
        return unsafeBitCast(address, to: type)
    }

    /// A program without its library cannot go on, as if the system's loader had looked for it.
    private static func fail() -> Never {
        let reason = dlerror().map { String(cString: $0) } ?? "unknown"
        fputs("sentx: the library OpenBLAS cannot be used: \(reason)\nInstall it (Debian and Ubuntu: apt-get install libopenblas0-pthread)\n", stderr)
        exit(127)
    }
}

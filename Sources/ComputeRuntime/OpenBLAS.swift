import COpenBLAS
import CSIMD
import Glibc
import Synchronization

/// The library of matrix products, opened at its first use.
///
/// It is not linked, because it chooses its kernels while it is loaded, by a list of processors: releases older than the processor
/// fall back to code for the first 64-bit ones, at a fifth of the speed. Then it is opened again with the nearest kernels it has
/// (`OPENBLAS_CORETYPE`, which wins where it is set). It runs on the caller's thread; the pool is the only scheduler.
package struct OpenBLAS: @unchecked Sendable {
    private let sgemm: cblas_sgemm_function
    private let dgemm: cblas_dgemm_function
    /// LAPACK's.
    private let dsyevd: dsyevd_function
    /// The name that the library gives to its kernels, such as `Haswell`.
    package let coreName: String

    package static let shared: OpenBLAS = {
        do {
            try checkRoom()
        } catch {
            Termination.outOfMemory.end("\(error)")
        }
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
        takeBuffers(handle)
        isOpen.store(true, ordering: .releasing)
        return OpenBLAS(sgemm: symbol(handle, "cblas_sgemm", as: cblas_sgemm_function.self),
                        dgemm: symbol(handle, "cblas_dgemm", as: cblas_dgemm_function.self),
                        dsyevd: symbol(handle, "dsyevd_", as: dsyevd_function.self),
                        coreName: coreName(handle))
    }()

    private static let isOpen = Atomic<Bool>(false)
    /// What the library addresses for each thread that calls it, and for itself.
    private static let (bufferSize, librarySize) = (129 << 20, 64 << 20)

    /// Throws if the process may not address what the library will. It would ask for its buffers again and again, for ever.
    package static func checkRoom() throws(OpenBLASError) {
        if isOpen.load(ordering: .acquiring) { return }
        let threads = ThreadPool.shared.threadCount
        let size = librarySize + threads * bufferSize
        // Addresses, not memory: they are given back untouched.
        if let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), start != MAP_FAILED {
            munmap(start, size)
            return
        }
        throw OpenBLASError("""
            the library OpenBLAS, which multiplies matrices here, needs \(MemoryError.text(size)) of address space for \
            \(threads == 1 ? "one thread" : "\(threads) threads"), which cannot be had (\(MemoryLimit.current().reason)); \
            raise the limit (ulimit -v)\(threads == 1 ? "" : " or take fewer threads (SENTX_NUM_THREADS)")
            """)
    }

    /// Has the library take the buffers of all threads while there is room: it keeps them, and later requests cannot fail.
    private static func takeBuffers(_ handle: UnsafeMutableRawPointer) {
        guard let allocate = dlsym(handle, "blas_memory_alloc"), let release = dlsym(handle, "blas_memory_free") else { return }
        let take = unsafeBitCast(allocate, to: (@convention(c) (Int32) -> UnsafeMutableRawPointer?).self)
        let give = unsafeBitCast(release, to: (@convention(c) (UnsafeMutableRawPointer?) -> Void).self)
        let buffers = (0..<min(ThreadPool.shared.threadCount, 64)).map { _ in take(0) }
        for buffer in buffers where buffer != nil { give(buffer) }
    }

    /// `c = alpha op(a) op(b) + beta c` in float32 for row-major matrices: `op(a)` is `[m, k]`, `op(b)` `[k, n]`.
    /// - Parameter strideA: elements between stored rows of `a`; likewise for `b` and `c`.
    package func multiply(
        _ a: UnsafePointer<Float>, _ orderA: MatrixOrder, strideA: Int, _ b: UnsafePointer<Float>, _ orderB: MatrixOrder, strideB: Int,
        into c: UnsafeMutablePointer<Float>, strideC: Int, m: Int, n: Int, k: Int, alpha: Float, beta: Float
    ) {
        sgemm(CblasRowMajor, Self.order(orderA), Self.order(orderB), Self.length(m), Self.length(n), Self.length(k), alpha,
              a, Self.length(max(1, strideA)), b, Self.length(max(1, strideB)), beta, c, Self.length(max(1, strideC)))
    }

    /// The same in double precision.
    package func multiply(
        _ a: UnsafePointer<Double>, _ orderA: MatrixOrder, strideA: Int, _ b: UnsafePointer<Double>, _ orderB: MatrixOrder, strideB: Int,
        into c: UnsafeMutablePointer<Double>, strideC: Int, m: Int, n: Int, k: Int, alpha: Double, beta: Double
    ) {
        dgemm(CblasRowMajor, Self.order(orderA), Self.order(orderB), Self.length(m), Self.length(n), Self.length(k), alpha,
              a, Self.length(max(1, strideA)), b, Self.length(max(1, strideB)), beta, c, Self.length(max(1, strideC)))
    }

    /// Eigenvalues and eigenvectors of a symmetric matrix, by LAPACK's `dsyevd`; see ``symmetricEigen(_:size:values:)``.
    func eigenvectors(_ matrix: UnsafeMutablePointer<Double>, size: Int, values: UnsafeMutablePointer<Double>) -> Bool {
        var n = Self.length(size), status: blasint = 0
        // The first call only asks how much room is needed.
        var workLength: Double = 0, query: blasint = -1, integerLength: blasint = 0
        dsyevd("V", "L", &n, matrix, &n, values, &workLength, &query, &integerLength, &query, &status, 1, 1)
        guard status == 0, let workCount = Int(exactly: workLength.rounded()) else { return false }
        var work = [Double](repeating: 0, count: workCount), integers = [blasint](repeating: 0, count: Int(integerLength))
        var workSize = Self.length(work.count), integerSize = Self.length(integers.count)
        dsyevd("V", "L", &n, matrix, &n, values, &work, &workSize, &integers, &integerSize, &status, 1, 1)
        return status == 0
    }

    /// The one place where lengths become the library's integers, which have 32 bits.
    private static func length(_ value: Int) -> blasint {
        guard let length = blasint(exactly: value) else {
            Contract.broken("a product of matrices with a length of \(value); lengths and distances of rows are at most \(blasint.max)")
        }
        return length
    }

    private static func order(_ order: MatrixOrder) -> CBLAS_TRANSPOSE { order == .normal ? CblasNoTrans : CblasTrans }

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

    /// Opens the library. The pool is the only scheduler, so it is told before not to start threads of its own.
    private static func open() -> UnsafeMutableRawPointer? {
        let name = "OPENBLAS_NUM_THREADS", before = getenv(name).map { String(cString: $0) }
        setenv(name, "1", 1)
        defer { if let before { setenv(name, before, 1) } else { unsetenv(name) } }
        return dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL)
    }

    private static func symbol<Function>(_ handle: UnsafeMutableRawPointer, _ name: String, as type: Function.Type) -> Function {
        guard let address = dlsym(handle, name) else { fail() }
        return unsafeBitCast(address, to: type)
    }

    /// A program without its library cannot go on, as if the system's loader had looked for it.
    private static func fail() -> Never {
        let reason = dlerror().map { String(cString: $0) } ?? "unknown"
        Termination.library.end("the library OpenBLAS cannot be used: \(reason)\nInstall it (Debian and Ubuntu: apt-get install libopenblas0-pthread)")
    }
}

/// Why the library cannot be used.
package struct OpenBLASError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

import CFuzzing
import Files
import Glibc

/// A run by libFuzzer, which sees the code that an input reaches and what it is compared with, and keeps inputs that reach more.
///
/// It calls C functions without context, hence the global state; a process has one run.
struct GuidedRun {
    private let arguments: [String]

    init(_ worker: Worker, _ kind: any FuzzKind, corpus: Corpus, _ task: Worker.Task) {
        Self.current = (worker, kind)
        arguments = [
            "sentx-fuzz", "-max_total_time=\(max(1, Int(task.seconds)))", "-seed=\(UInt32(truncatingIfNeeded: task.seed) | 1)",
            "-max_len=\(ByteMutation.longest)", "-runs=\(task.inputs ?? -1)",
            // The supervisor watches time, memory and death.
            "-timeout=100000", "-rss_limit_mb=0", "-malloc_limit_mb=0", "-detect_leaks=0", "-handle_abrt=0", "-handle_bus=0", "-handle_fpe=0",
            "-handle_ill=0", "-handle_int=0", "-handle_segv=0", "-handle_term=0", "-handle_xfsz=0", "-handle_usr1=0", "-handle_usr2=0",
            "-len_control=0", "-print_final_stats=0", "-artifact_prefix=\(task.workspace)/", corpus.folder,
        ]
    }

    private nonisolated(unsafe) static var current: (worker: Worker, kind: any FuzzKind)?

    func run() {
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        _ = pointers.withUnsafeMutableBufferPointer { list in
            cfuzzing_run(Int32(arguments.count), list.baseAddress, { bytes, count in
                GuidedRun.current?.worker.attempt(Array(UnsafeBufferPointer(start: bytes, count: count)))
                return 0
            }, { bytes, count, room, seed in
                guard let bytes, let kind = GuidedRun.current?.kind else { return 0 }
                var random = RandomSource(seed: UInt64(seed))
                // The engine knows what the code compared bytes with; the kind knows how inputs are built.
                if random.once(in: 3) { return cfuzzing_engine_mutation(bytes, count, room) }
                let changed = kind.mutated(Array(UnsafeBufferPointer(start: bytes, count: count)), &random)
                let kept = min(changed.count, room)
                for index in 0..<kept { bytes[index] = changed[index] }
                return kept
            })
        }
    }
}

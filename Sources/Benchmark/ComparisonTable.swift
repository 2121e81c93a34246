import TextFormat

/// Results of all workloads in one table, with what has to be said about single ones below it.
public struct ComparisonTable {
    let results: [WorkloadResult]

    public init(_ results: [WorkloadResult]) { self.results = results }

    /// The ratio that every workload is to reach against the reference's faster precision.
    public static let goal = 2.0
    /// The checks of both sides in float32 may differ by so much, relatively.
    static let tolerance = 1e-3

    public var table: TextTable {
        let precisions = BenchmarkPrecision.allCases.filter { precision in results.contains { $0[.sentx, precision] != nil } }
        var table = TextTable(["work"] + precisions.map { "sentx \($0.rawValue)" } + BenchmarkPrecision.allCases.map { "torch \($0.rawValue)" }
            + precisions.map { "ratio \($0.rawValue)" } + ["limit", "of peak", "MiB", "torch MiB"])
        for result in results {
            let best = result.fasterPrecision(of: .sentx), faster = result.fasterPrecision(of: .reference)
            func time(_ side: Contestant, _ precision: BenchmarkPrecision) -> String {
                guard let measurement = result[side, precision] else { return "" }
                let mark = side == .reference && precision == faster && result[.reference, .bf16] != nil ? " *" : ""
                return Figures.seconds(measurement.typicalSeconds * result.unitsPerRound) + mark
            }
            table.add(["\(result.workload.name)  \(result.workload.title)"]
                + precisions.map { time(.sentx, $0) } + BenchmarkPrecision.allCases.map { time(.reference, $0) }
                + precisions.map { Figures.ratio(result.ratio($0)) }
                + [Figures.ratio(best.flatMap { result.greatestRatio($0) }), Figures.percent(best.flatMap { result.shareOfPeak(.sentx, $0) }),
                   Figures.mebibytes(result.fastest(.sentx)?.peakMebibytes), Figures.mebibytes(result.fastest(.reference)?.peakMebibytes)])
        }
        return table
    }

    /// A result in a line, to follow a run.
    public static func line(_ result: WorkloadResult) -> String {
        if let failure = result.failure { return "\(result.workload.name) failed: \(failure)" }
        let times = Contestant.allCases.flatMap { side in
            BenchmarkPrecision.allCases.compactMap { precision in
                result[side, precision].map { "\(side.rawValue) \(precision.rawValue) \(Figures.seconds($0.typicalSeconds * result.unitsPerRound))" }
            }
        }
        let ratio = result.fasterPrecision(of: .sentx).flatMap { result.ratio($0) }
        return "\(result.workload.name): \(times.joined(separator: ", ")); \(Figures.ratio(ratio)) times"
    }

    /// What is below the goal and why, and where the sides did not do the same; a sentence each.
    public var notes: [String] {
        results.flatMap { result -> [String] in
            var notes: [String] = []
            let name = result.workload.name
            if let failure = result.failure { return ["\(name) failed: \(failure)"] }
            if let difference = result.checkDifference(.fp32), difference > Self.tolerance {
                notes.append("\(name): the sides did not do the same work: their values differ by \(Figures.percent(difference)).")
            }
            guard let best = result.fasterPrecision(of: .sentx), let ratio = result.ratio(best), ratio < Self.goal else { return notes }
            var note = "\(name): \(Figures.ratio(ratio)) times, below \(Figures.ratio(Self.goal))"
            if let limit = result.greatestRatio(best), let share = result.shareOfPeak(.sentx, best) {
                note += limit < Self.goal
                    ? "; the matrix products alone, at the measured \(best.rawValue) peak, allow \(Figures.ratio(limit)) times; \(Figures.percent(share)) of it is reached"
                    : "; the matrix products allow \(Figures.ratio(limit)) times, \(Figures.percent(share)) of the \(best.rawValue) peak is reached"
            }
            if !BenchmarkPrecision.bf16.isAvailable { note += "; sentx computed in fp32" }
            return notes + [note + "."]
        }
    }

    /// The measured rates of large matrix products, a sentence.
    public var peaks: String {
        let rates = BenchmarkPrecision.allCases.flatMap { precision in
            [(Contestant.sentx, "sentx"), (.reference, "torch")].compactMap { side, name -> String? in
                let best = results.compactMap { $0[side, precision]?.peakGigaflops }.filter { $0 > 0 }.max()
                return best.map { "\(name) \(precision.rawValue) \(Int($0.rounded()))" }
            }
        }
        return rates.isEmpty ? "" : "Products of 2,048 x 2,048 matrices, GFLOP/s: \(rates.joined(separator: ", "))."
    }
}

extension WorkloadResult {
    /// The factor from the time of a round to the time that is shown: of one step, or of all texts.
    package var unitsPerRound: Double {
        workload.task == .encode ? Double(max(1, operations.count)) : 1 / Double(max(1, workload.stepsPerRound))
    }
}

import Encoders
import Kernels
import Tensors

/// A corpus text as a candidate for a query.
struct Candidate: Equatable {
    /// Place in the corpus.
    let place: Int32
    var score: Float
}

/// Scores pairs of texts; a cross-encoder.
public protocol PairRescorer: AnyObject {
    /// One score per pair, `[pairs]` or `[pairs, 1]`.
    func rescore(_ pairs: [TextPair], options: BatchOptions) throws -> Tensor
}

/// The candidates of every query with their scores, and the scores of the positives.
struct MiningCandidates {
    /// For each query, its nearest corpus texts, positives among them; best first by the retriever.
    var candidates: [[Candidate]]
    /// For each query, the score of each of its positives.
    var positiveScores: [[Float]]

    /// Embeds, searches, and scores again with `crossEncoder` if there is one and a filter looks at scores.
    ///
    /// - Parameter depth: how many neighbours of each query are looked at.
    init(
        for texts: MiningTexts, depth: Int, model: any TextEmbedder, crossEncoder: (any PairRescorer)?, options: MiningOptions
    ) throws {
        let cache = options.cacheFolder.map { EmbeddingCache(folder: $0, log: options.log) }
        let embed = { (texts: [String], role: TextRole, prompt: EmbeddingPrompt) throws -> Tensor in
            let stage: MiningProgress.Stage = role == .query ? .embeddingQueries : .embeddingCorpus
            let batches = options.batches(in: stage)
            return try model.encode(texts, as: role, options: EncodeOptions(
                batchSize: batches.batchSize, normalizeEmbeddings: true, prompt: prompt.text, promptName: prompt.name, onBatch: batches.onBatch))
        }
        let corpus = try cache?.embeddings(of: texts.corpus, as: .document, prompt: options.corpusPrompt, embed)
            ?? embed(texts.corpus, .document, options.corpusPrompt)
        let queries = try cache?.embeddings(of: texts.queries, as: .query, prompt: options.queryPrompt, embed)
            ?? embed(texts.queries, .query, options.queryPrompt)

        let found = try NearestNeighbours(of: queries, in: corpus, k: depth, similarity: model.similarityFunction) { done in
            try options.progress?(MiningProgress(stage: .searching, done: done, total: texts.corpus.count))
        }
        candidates = (0..<found.queryCount).map { query in
            (query * found.k ..< (query + 1) * found.k)
                .filter { found.indices[$0] >= 0 }
                .map { Candidate(place: found.indices[$0], score: found.scores[$0]) }
        }
        positiveScores = try Self.positiveScores(texts, queries: queries, corpus: corpus, similarity: model.similarityFunction)
        if let crossEncoder, options.filtersByScore { try rescore(texts, with: crossEncoder, options: options) }
    }

    private static func positiveScores(
        _ texts: MiningTexts, queries: Tensor, corpus: Tensor, similarity: SimilarityFunction
    ) throws -> [[Float]] {
        let dimension = queries.shape[1]
        let (queries, corpus) = (queries.contiguous(), corpus.contiguous())
        return try texts.positives.enumerated().map { query, places in
            let left = Tensor(uninitialized: [places.count, dimension])
            let right = Tensor(uninitialized: [places.count, dimension])
            for (row, place) in places.enumerated() {
                (left.floats + row * dimension).update(from: queries.floats + query * dimension, count: dimension)
                (right.floats + row * dimension).update(from: corpus.floats + Int(place) * dimension, count: dimension)
            }
            return try similarity.pairwise(left, right).floatArray()
        }
    }

    /// Replaces all scores by the cross-encoder's, some thousand pairs at a time so that it can sort them by length.
    private mutating func rescore(_ texts: MiningTexts, with crossEncoder: any PairRescorer, options: MiningOptions) throws {
        var first = 0
        while first < candidates.count {
            var end = first
            var pairs: [TextPair] = []
            while end < candidates.count && (pairs.isEmpty || pairs.count < 4_096) {
                let places = candidates[end].map(\.place) + texts.positives[end]
                pairs += places.map { TextPair(texts.queries[end], texts.corpus[Int($0)]) }
                end += 1
            }
            let (queries, total) = (first..<end, candidates.count)
            let scores = try crossEncoder.rescore(pairs, options: BatchOptions(batchSize: options.batchSize) { done, of in
                let finished = queries.lowerBound + queries.count * done / of
                try options.progress?(MiningProgress(stage: .rescoring, done: finished, total: total))
            })
            guard scores.count == pairs.count else {
                throw MiningError("cross_encoder must give one score a pair (num_labels = 1); it gave shape \(scores.shape) for \(pairs.count) pairs")
            }
            let values = scores.floatArray()
            if values.contains(where: { !$0.isFinite }) { throw MiningError("cross_encoder gave a score that is not a finite number") }
            var next = values.makeIterator()
            for query in queries {
                for index in candidates[query].indices { candidates[query][index].score = next.next()! }
                for index in positiveScores[query].indices { positiveScores[query][index] = next.next()! }
            }
            first = end
        }
        try options.progress?(MiningProgress(stage: .rescoring, done: candidates.count, total: candidates.count))
    }
}

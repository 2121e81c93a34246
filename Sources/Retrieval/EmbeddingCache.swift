import Encoders
import Files
import Kernels
import SafeTensors
import Tensors

/// Embeddings kept in files between runs: of mining, and of a teacher in distillation.
///
/// A file is named after a hash of texts and prompt. Whether the model is still the one that made it is found out by
/// embedding the first and the last text again: if these differ, everything is computed anew and the file replaced.
struct EmbeddingCache {
    let folder: String
    let log: ((String) -> Void)?

    private static let tensorName = "embeddings"

    /// Cached or fresh embeddings, `[texts, dimension]`.
    ///
    /// - Parameters:
    ///   - texts: one at least.
    ///   - kind: what the embeddings are, with everything but texts and prompt that they depend on; begins the file's name.
    ///   - embed: computes embeddings.
    func embeddings(
        of texts: [String], kind: String, prompt: EmbeddingPrompt, _ embed: ([String]) throws -> Tensor
    ) throws -> Tensor {
        let path = Path.join(folder, "\(kind)_embeddings_\(Self.hash(texts, prompt)).safetensors")
        var kept: Tensor?
        do { kept = try load(path, count: texts.count) } catch { log?("\(error): the embeddings are computed anew.") }
        if let kept {
            let ends = [texts[0], texts[texts.count - 1]]
            if Self.endsAgree(kept, try embed(ends)) {
                log?("\(kind) embeddings of \(texts.count) texts are taken from \(path).")
                return kept
            }
            log?("\(path) was made by another model and is replaced.")
        }
        let fresh = try embed(texts).contiguous()
        let bytes = UnsafeRawBufferPointer(start: fresh.floats, count: fresh.count * 4)
        try SafeTensorsWriter.write(
            to: path, tensors: [SafeTensorsOutput(name: Self.tensorName, dtype: .float32, shape: fresh.shape, bytes: bytes)])
        log?("\(kind) embeddings of \(texts.count) texts are kept in \(path).")
        return fresh
    }

    /// What a file keeps for this number of texts; nil if there is none.
    private func load(_ path: String, count: Int) throws -> Tensor? {
        guard FileContents.exists(path) else { return nil }
        let file = try SafeTensorsFile(path: path)
        guard let entry = file.entry(Self.tensorName), entry.shape.count == 2, entry.shape[0] == count else { return nil }
        let tensor = Tensor(uninitialized: entry.shape)
        try file.copyFloats(of: Self.tensorName, into: UnsafeMutableBufferPointer(start: tensor.floats, count: tensor.count))
        return tensor
    }

    /// Whether the first and last row of `kept` are those of `ends`, up to rounding.
    private static func endsAgree(_ kept: Tensor, _ ends: Tensor) -> Bool {
        let dimension = kept.shape[1]
        guard ends.shape == [2, dimension] else { return false }
        let ends = ends.contiguous()
        let last = kept.floats + (kept.shape[0] - 1) * dimension
        // Embeddings need not be of length 1.
        let limit = 1e-8 * max(1, ends.floatArray().reduce(0) { $0 + $1 * $1 })
        return squaredDistance(kept.floats, ends.floats, count: dimension) < limit
            && squaredDistance(last, ends.floats + dimension, count: dimension) < limit
    }

    /// 128-bit FNV-1a of the prompt and the texts, each closed by a byte that UTF-8 does not use.
    private static func hash(_ texts: [String], _ prompt: EmbeddingPrompt) -> String {
        var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
        let prime: UInt128 = 1 << 88 | 0x13b
        for text in [prompt.text ?? "\u{0}", prompt.name ?? "\u{0}"] + texts {
            for byte in text.utf8 { hash = (hash ^ UInt128(byte)) &* prime }
            hash = (hash ^ 0xff) &* prime
        }
        return String(hash, radix: 16)
    }
}

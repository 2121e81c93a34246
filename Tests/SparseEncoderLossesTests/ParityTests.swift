import Datasets
import Encoders
import Foundation
import JSON
import Losses
import SentenceTransformerLosses
import SparseEncoderLosses
import Tensors
import Testing

private func fixture(_ name: String) throws -> JSONValue {
    let resources = try #require(Bundle.module.resourcePath)
    return try JSONValue.parse(contentsOfFile: resources + "/Fixtures/" + name)
}

private func rows(_ value: JSONValue?) -> [[Double]] { (value?.asArray ?? []).map { ($0.asArray ?? []).compactMap(\.asNumber) } }

private func cell(_ value: JSONValue) -> DatasetValue {
    if let text = value.asString { return .string(text) }
    if let list = value.asArray { return .list(list.map(cell)) }
    return .number(value.asNumber ?? .nan)
}

/// The greatest difference, relative to the largest component that is wanted.
private func relativeError(_ values: [Double], _ wanted: [Double]) -> Double {
    guard values.count == wanted.count else { return .nan }
    let errors = zip(values, wanted).map { abs($0 - $1) }
    if errors.contains(where: \.isNaN) { return .nan }
    return (errors.max() ?? 0) / max(wanted.map(abs).max() ?? 0, 1e-6)
}

/// One case of `splade.json`.
private struct Case {
    let loss: String, options: JSONObject, wrapper: String, splade: JSONObject, cached: JSONObject
    let value: Double, gradient: [Double], components: JSONObject
    let batch: LossBatch
    let model: TableModel

    static func all() throws -> [Case] {
        let document = try fixture("splade.json")
        let data = try #require(document["data"]), cases = try #require(document["cases"]?.asArray)
        return try cases.map { try Case($0, data) }
    }

    init(_ entry: JSONValue, _ data: JSONValue) throws {
        loss = try #require(entry["loss"]?.asString)
        options = try #require(entry["options"]?.asObject)
        wrapper = try #require(entry["wrapper"]?.asString)
        splade = try #require(entry["splade"]?.asObject)
        cached = try #require(entry["cached"]?.asObject)
        components = try #require(entry["components"]?.asObject)
        value = try #require(entry["value"]?.asNumber)
        gradient = rows(entry["gradient"]).flatMap { $0 }
        let note = try #require(entry["data"]?.asString)
        let source = try #require(data[note])
        batch = LossBatch(inputs: (source["inputs"]?.asArray ?? []).map { ($0.asArray ?? []).map(cell) },
                          labels: source["labels"]?.asArray?.map(cell))
        model = TableModel(texts: (source["texts"]?.asArray ?? []).compactMap(\.asString), embeddings: rows(source["embeddings"]))
    }

    func makeLoss() throws -> any EmbeddingLoss {
        let base = try makeBase()
        if wrapper == "none" { return base }
        let given = SpladeOptions(
            documentWeight: splade["document_regularizer_weight"]?.asNumber ?? 0, queryWeight: splade["query_regularizer_weight"]?.asNumber,
            documentThreshold: splade["document_regularizer_threshold"]?.asInteger.map { Int($0) },
            queryThreshold: splade["query_regularizer_threshold"]?.asInteger.map { Int($0) },
            usesDocumentRegularizerOnly: splade["use_document_regularizer_only"]?.asBool ?? false)
        if wrapper == "SpladeLoss" { return try SpladeLoss(model: model, inner: base, options: given) }
        let size = Int(try #require(cached["mini_batch_size"]?.asInteger))
        return try CachedSpladeLoss(model: model, inner: base, options: given, miniBatches: MiniBatchOptions(size: size))
    }

    private func makeBase() throws -> any EmbeddingLoss {
        let scale = options["scale"]?.asNumber
        let pairwise = PairwiseSimilarity.all.first { $0.name == options["similarity_fct"]?.asString }
        switch loss {
        case "SparseMultipleNegativesRankingLoss":
            var contrast = SparseMultipleNegativesRankingLoss.defaults
            if let scale { contrast.scale = scale }
            if options["similarity_fct"]?.asString == "cos_sim" { contrast.similarity = .cosine }
            if let names = options["directions"]?.asArray {
                contrast.directions = names.compactMap { ContrastDirection(rawValue: $0.asString ?? "") }
                contrast.partition = .perDirection
            }
            return try SparseMultipleNegativesRankingLoss(model: model, options: contrast)
        case "SparseTripletLoss":
            let metric = TripletDistanceMetric.named.first { $0.name == options["distance_metric"]?.asString ?? "EUCLIDEAN" }
            let distance = try #require(metric)
            return SparseTripletLoss(model: model, distance: distance.function, margin: options["triplet_margin"]?.asNumber ?? 5)
        case "SparseCoSENTLoss": return SparseCoSENTLoss(model: model, scale: scale ?? 20)
        case "SparseAnglELoss": return SparseAnglELoss(model: model, scale: scale ?? 20)
        case "SparseCosineSimilarityLoss": return SparseCosineSimilarityLoss(model: model)
        case "SparseMSELoss": return try SparseMSELoss(model: model)
        case "SparseMarginMSELoss": return SparseMarginMSELoss(model: model, similarity: pairwise ?? PairwiseSimilarity.dot)
        case "SparseDistillKLDivLoss":
            return try SparseDistillKLDivLoss(model: model, temperature: options["temperature"]?.asNumber ?? 2,
                                              teacherTemperature: options["teacher_temperature"]?.asNumber)
        default: throw LossError("no such loss: \(loss)")
        }
    }
}

@Test func every_sparse_loss_and_its_gradient_agree_with_the_reference() throws {
    for entry in try Case.all() {
        let loss = try entry.makeLoss()
        let text = "\(entry.wrapper) around \(entry.loss) \(JSONValue.object(entry.options).serialized())"
        let value: Tensor
        if entry.wrapper == "none" {
            let columns = try entry.batch.inputs.map { try entry.model.embeddings(TextInput($0.compactMap(\.asString))) }
            value = try loss.value(of: columns, batch: entry.batch, context: loss.context(of: entry.batch))
        } else {
            value = try loss.value(of: entry.batch)
        }
        try value.backward()
        let gradient = try #require(entry.model.leaf.grad).floatArray().map { Double($0) }
        let number = try value.item()
        #expect(abs(number - entry.value) <= 1e-5 * max(abs(entry.value), 1e-6), "\(text): \(number) not \(entry.value)")
        #expect(relativeError(gradient, entry.gradient) <= 1e-4, "\(text): gradient")
        #expect(loss.components.map(\.name).sorted() == entry.components.keys.sorted(), "\(text)")
        // With gradient caching the reference's first component is what the others leave of the total, which comes to the same.
        for component in loss.components {
            let wanted = try #require(entry.components[component.name]?.asNumber)
            #expect(abs(component.value - wanted) <= 2e-5 * max(abs(wanted), 0.1), "\(text): \(component.name)")
        }
    }
}

@Test func reconstruction_and_its_gradients_agree_with_the_reference_step_by_step() throws {
    let entries = try #require(fixture("csr.json").asArray)
    for entry in entries {
        let name = try #require(entry["folder"]?.asString), resources = try #require(Bundle.module.resourcePath)
        let folder = resources + "/Fixtures/" + name
        let encoder = try SparseAutoEncoder(folder: folder)
        let texts = (entry["texts"]?.asArray ?? []).compactMap(\.asString)
        let model = TableModel(texts: texts, embeddings: rows(entry["embeddings"]), encoder: encoder)
        let latents = try GradientTape.noGrad { try model.embeddings(TextInput(texts)) }.floatArray().map { Double($0) }
        #expect(relativeError(latents, rows(entry["latents"]).flatMap { $0 }) <= 1e-5)
        #expect(encoder.stepsSinceUse.allSatisfy { $0 == 0 })

        let loss = try CSRLoss(model: model, inner: SparseMultipleNegativesRankingLoss(model: model), beta: 0.1, gamma: 0.7)
        let batch = LossBatch(inputs: [texts[..<4], texts[4...]].map { $0.map { DatasetValue.string($0) } }, labels: nil)
        for (number, step) in (entry["steps"]?.asArray ?? []).enumerated() {
            model.leaf.grad = nil
            for parameter in encoder.parameters { parameter.tensor.grad = nil }
            try loss.value(of: batch).backward()
            for component in loss.components {
                let wanted = try #require(step["components"]?[component.name]?.asNumber)
                #expect(abs(component.value - wanted) <= 1e-5 * max(abs(wanted), 1e-3), "step \(number), \(component.name)")
            }
            #expect(loss.components.count == 4)
            let counts = (step["counts"]?.asArray ?? []).compactMap { $0.asInteger }.map { Int($0) }
            #expect(encoder.stepsSinceUse == counts, "step \(number)")
            let gradient = try #require(model.leaf.grad).floatArray().map { Double($0) }
            #expect(relativeError(gradient, rows(step["gradient"]).flatMap { $0 }) <= 1e-4, "step \(number)")
            for parameter in encoder.parameters {
                let wanted = (step["parameters"]?[parameter.name]?.asArray ?? []).compactMap(\.asNumber)
                let own = try #require(parameter.tensor.grad).floatArray().map { Double($0) }
                #expect(relativeError(own, wanted) <= 1e-4, "step \(number), \(parameter.name)")
            }
        }
    }
}

@Test func penalties_have_the_gradient_of_finite_differences() throws {
    for regularizer in [try FlopsLoss(), try FlopsLoss(threshold: 3), try L1Loss(), try L1Loss(threshold: 3)] as [any SparseRegularizer] {
        let values = (0..<18).map { $0 % 5 < 2 ? Float(0) : 0.2 + 0.07 * Float($0 % 7) }
        func penalty(_ values: [Float]) throws -> (value: Double, leaf: Tensor) {
            let leaf = Tensor(values, shape: [3, 6])
            leaf.requiresGrad = true
            let value = try regularizer.penalty(of: [leaf.narrow(dim: 0, start: 0, length: 1), leaf.narrow(dim: 0, start: 1, length: 2)])
            try value.backward()
            return (try value.item(), leaf)
        }
        let leaf = try penalty(values).leaf
        let gradient = try #require(leaf.grad).floatArray()
        for place in values.indices where values[place] != 0 {
            var (above, below) = (values, values)
            above[place] += 1e-2
            below[place] -= 1e-2
            let slope = (try penalty(above).value - penalty(below).value) / 2e-2
            #expect(abs(slope - Double(gradient[place])) < 1e-3, "\(regularizer.name) at \(place)")
        }
    }
}

@Test func losses_that_keep_nothing_sparse_refuse_to_stand_alone() throws {
    let model = TableModel(texts: ["a", "b"], embeddings: [[1, 0], [0, 1]])
    let batch = LossBatch(inputs: [[.string("a")], [.string("b")]], labels: nil)
    let ranking = try SparseMultipleNegativesRankingLoss(model: model)
    for loss in [ranking, try FlopsLoss(), try L1Loss(), CSRReconstructionLoss()] as [any Loss] {
        #expect(throws: LossError.self) { _ = try loss.value(of: batch) }
        #expect(loss.requirements?.needsSparsityLoss == true)
    }
    #expect(try SpladeLoss(model: model, inner: ranking, options: .standard).requirements?.needsSparsityLoss == false)
    let other = TableModel(texts: ["a"], embeddings: [[1]])
    #expect(throws: LossError.self) { _ = try SpladeLoss(model: other, inner: ranking, options: .standard) }
    #expect(throws: LossError.self) { _ = try SpladeLoss(model: model, inner: ranking, options: SpladeOptions(documentWeight: -1)) }
    do {
        _ = try SpladeLoss(model: model, inner: SparseTripletLoss(model: model), options: .standard).value(of: batch)
        Issue.record("two columns are no triplets")
    } catch {
        #expect("\(error)".hasPrefix("SparseTripletLoss"))
    }
}

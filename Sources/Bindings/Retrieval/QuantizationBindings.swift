import LuaHost
import Retrieval
import Tensors

/// `sentx.util.quantize_embeddings` and what it makes.
func registerQuantization(_ sentx: LuaModule) throws {
    try sentx.class(quantizedEmbeddingsClass)
    let util = try sentx.submodule("util", doc: "Similarities of embeddings.")
    try util.function("quantize_embeddings", doc: Doc(
        """
        Embeddings with one byte (int8, uint8) or one bit (binary, ubinary) for each number: a quarter or a thirty-second of \
        the memory. sentx.util.semantic_search takes them as a corpus. A dimension whose values do not vary has one code.
        """,
        parameters: [.init("embeddings", "Tensor", "[rows, dimension], or [dimension] for one")],
        options: [
            .init("precision", "string", "\"float32\", \"int8\", \"uint8\", \"binary\" or \"ubinary\""),
            .init("ranges", "Tensor", optional: true, "[2, dimension]: the least and the greatest value of each dimension, for int8 and uint8"),
            .init("calibration_embeddings", "Tensor", optional: true, "where the ranges are taken from; by default the embeddings themselves"),
        ],
        returns: "QuantizedEmbeddings; for \"float32\" the Tensor",
        example: """
            local small = sentx.util.quantize_embeddings(model:encode(texts), { precision = "binary" })
            local hits = sentx.util.semantic_search(model:encode { "a young dog" }, small, { top_k = 3 })
            """)) { call in
        try call.requireAtMost(2)
        let embeddings = try call.object(1, Tensor.self).toFloat32()
        // The reference's second argument is the name alone.
        let isName = call.value(2).asString != nil
        let options: LuaOptions? = isName ? nil : try call.options(2)
        let slot = options?.slot("precision") ?? call.slot(2)
        let precision = EmbeddingPrecision(rawValue: try slot.choice(EmbeddingPrecision.allCases.map(\.rawValue))) ?? .float32
        let ranges = try options?.optionalObject("ranges", Tensor.self)
        let calibration = try options?.optionalObject("calibration_embeddings", Tensor.self)?.toFloat32()
        try options?.finish()
        if precision == .float32 { return .object(embeddings) }
        let quantized = try QuantizedEmbeddings(embeddings, precision: precision, ranges: ranges, calibration: calibration)
        reportNotes(quantized.notes)
        return .object(quantized)
    }
}

private let quantizedEmbeddingsClass = LuaClass<QuantizedEmbeddings>(
    "QuantizedEmbeddings",
    doc: Doc("Embeddings kept with one byte or one bit for each number, made by sentx.util.quantize_embeddings.")
) { c in
    c.property("precision", doc: "\"int8\", \"uint8\", \"binary\" or \"ubinary\".") { embeddings, _ in .string(embeddings.precision.rawValue) }
    c.property("ranges", doc: "The least and greatest value of each dimension, a Tensor [2, dimension]; nil for binary ones.") { embeddings, _ in
        .optional(embeddings.ranges)
    }
    c.method("shape", doc: Doc("Rows and bytes of a row.", returns: "table of 2 integers")) { embeddings, call in
        try call.list([.integer(embeddings.rowCount), .integer(embeddings.rowLength)])
    }
    c.method("values", doc: Doc("The stored numbers: -128 to 127 for int8 and binary, else 0 to 255.",
        returns: "Tensor [rows, bytes], int64")) { embeddings, _ in
        .object(embeddings.values())
    }
    c.method("dequantize", doc: Doc(
        "What the embeddings were, as near as is still known; for binary ones 0 and 1.", returns: "Tensor [rows, dimension]")) { embeddings, _ in
        .object(embeddings.dequantized())
    }
    c.meta(.length) { embeddings, _ in .integer(embeddings.rowCount) }
    c.oneLine { "QuantizedEmbeddings(\($0.precision.rawValue), \($0.rowCount) rows of \($0.dimension))" }
}

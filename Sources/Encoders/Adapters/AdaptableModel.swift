/// A model with a transformer that LoRA adapters can change: the first one where it has several.
public protocol AdaptableModel: EncoderModel {
    /// The adapters of its transformer, and of the head that belongs to it; nil if it has no transformer.
    var adapters: AdapterSet? { get }

    /// The transformer; nil if it has none.
    var body: Transformer? { get }
}

extension AdaptableModel {
    public var adapters: AdapterSet? { body?.adapters }
}

extension CrossEncoder: AdaptableModel {
    public var body: Transformer? { transformer }
}

/// A loss with weights on penalties, which a schedule may change between steps.
public protocol RegularizedLoss: Loss {
    /// The factor of the documents' penalty.
    var documentWeight: Double { get set }
    /// The factor of the queries' penalty; nil for none.
    var queryWeight: Double? { get set }
    /// The loss that the penalties are added to.
    var wrapped: any Loss { get }
    /// The weights that it was made with.
    var givenWeights: (document: Double, query: Double?) { get }
}

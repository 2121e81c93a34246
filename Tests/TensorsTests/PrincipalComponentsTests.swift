import Tensors
import Testing

struct PrincipalComponentsTests {
    /// Vectors on a line through (1, 2) along (3, 4) / 5, with less variance across it.
    private let plane = Tensor(([-2, -1, 0, 1, 2] as [Float]).flatMap { along -> [Float] in
        let across: Float = along == 0 ? 0.5 : -0.125
        return [1 + 0.6 * along - 0.8 * across, 2 + 0.8 * along + 0.6 * across]
    }, shape: [5, 2])

    @Test func directionsAreThoseOfTheGreatestVariance() throws {
        let found = try PrincipalComponents(of: plane, count: 2)
        let mean = found.mean.floatArray(), directions = found.components.floatArray(), variances = found.explainedVariance.floatArray()
        #expect(abs(mean[0] - 1) < 1e-6 && abs(mean[1] - 2) < 1e-6)
        for (value, expected) in zip(directions, [0.6, 0.8, 0.8, -0.6] as [Float]) { #expect(abs(value - expected) < 1e-6) }
        #expect(abs(variances[0] - 2.5) < 1e-6 && abs(variances[1] - 0.078125) < 1e-6)
        #expect(abs(try found.explainedVarianceRatio.sum().item() - 1) < 1e-6)
    }

    @Test func transformedVectorsAreUncorrelatedAndCentred() throws {
        let vectors = try Tensor.randn([200, 24], generator: Generator(seed: 3)).matmul(Tensor.randn([24, 24], generator: Generator(seed: 4)))
        let found = try PrincipalComponents(of: vectors, count: 6)
        let turned = try found.transform(vectors)
        #expect(turned.shape == [200, 6])
        #expect(try turned.mean(dim: 0).abs().max(dim: nil).item() < 1e-4)
        let covariance = try turned.t().matmul(turned).multiplying(1 / 199.0).floatArray()
        let variances = found.explainedVariance.floatArray()
        for row in 0..<6 {
            for column in 0..<6 { #expect(abs(covariance[row * 6 + column] - (row == column ? variances[row] : 0)) < 1e-4 * variances[0]) }
        }
        #expect(variances == variances.sorted(by: >))
    }

    @Test func fewVectorsOfGreatWidthWork() throws {
        let vectors = try Tensor.randn([5, 300], generator: Generator(seed: 5))
        let found = try PrincipalComponents(of: vectors, count: 4)
        let ratio = try found.explainedVarianceRatio.sum().item()
        #expect(abs(ratio - 1) < 1e-5)
        let products = try found.components.matmul(found.components.t()).floatArray()
        for index in 0..<16 { #expect(abs(products[index] - (index % 5 == 0 ? 1 : 0)) < 1e-5) }
    }

    @Test func whatCannotBeAnalysedIsAnError() throws {
        func message(_ vectors: Tensor, _ count: Int) -> String {
            do { return "\(try PrincipalComponents(of: vectors, count: count))" } catch { return "\(error)" }
        }
        #expect(message(plane, 3) == "principal components: 3 directions of 5 vectors of width 2; 1 to 2 can be had")
        #expect(message(Tensor(zeros: [1, 4]), 1).contains("two at least"))
        #expect(message(Tensor(zeros: [4]), 1).contains("[n, width] is wanted"))
        #expect(message(Tensor([1, .nan, 2, 3] as [Float], shape: [2, 2]), 1).contains("not finite"))
    }
}

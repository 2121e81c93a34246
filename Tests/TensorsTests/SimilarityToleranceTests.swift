import Tensors
import Testing

@Suite struct SimilarityToleranceTests {
    @Test func whatDiffersByRoundingIsNeitherAboveNorBelow() {
        for limit: Float in [-1, -0.3, 0, 0.5, 0.999_999_9, 1, 40] {
            let width = 2e-6 * max(1, abs(limit))
            for score in [limit, limit.nextUp, limit.nextDown, limit + width, limit - width] {
                #expect(!SimilarityTolerance.isAbove(score, limit) && !SimilarityTolerance.isBelow(score, limit), "\(score) \(limit)")
            }
            #expect(SimilarityTolerance.isAbove(limit + 50 * width, limit) && SimilarityTolerance.isBelow(limit - 50 * width, limit))
        }
    }

    @Test func limitsWithoutEndAndNaNAreComparedAsTheyAre() {
        #expect(SimilarityTolerance.isAbove(0, -.infinity) && !SimilarityTolerance.isAbove(0, .infinity))
        #expect(SimilarityTolerance.isBelow(0, .infinity) && !SimilarityTolerance.isBelow(0, -.infinity))
        #expect(!SimilarityTolerance.isAbove(.nan, 0) && !SimilarityTolerance.isBelow(.nan, 0) && !SimilarityTolerance.isAbove(0, .nan))
    }
}

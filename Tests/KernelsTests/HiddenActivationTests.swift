import Kernels
import Testing

struct HiddenActivationTests {
    private func run(_ activation: HiddenActivation, _ x: [Float]) -> (values: [Float], slopes: [Float]) {
        var sums = x, output = [Float](repeating: 0, count: x.count)
        let bias = [Float](repeating: 0, count: x.count)
        addBiasAndActivate(rows: 0..<1, width: x.count, activation, values: &sums, bias: bias, output: &output)
        var slopes = [Float](repeating: 1, count: x.count)
        activateBackward(rowCount: 1, width: x.count, activation, values: &sums, gradient: &slopes, biasGradient: nil)
        return (output, slopes)
    }

    @Test(arguments: HiddenActivation.allCases) func slopesAreThoseOfFiniteDifferences(activation: HiddenActivation) {
        let x = (0..<203).map { Float($0 - 101) * 0.06 + 0.013 }
        let step: Float = 1e-2
        let above = run(activation, x.map { $0 + step }).values, below = run(activation, x.map { $0 - step }).values
        for (index, slope) in run(activation, x).slopes.enumerated() where abs(x[index]) > 2 * step {
            #expect(abs(slope - (above[index] - below[index]) / (2 * step)) < 2e-3)
        }
    }

    @Test func valuesAreThoseOfTorch() {
        let x: [Float] = [-3, -1, -0.5, 0, 0.5, 1, 3]
        let expected: [HiddenActivation: [Float]] = [
            .gelu: [-0.0040496, -0.1586553, -0.1542688, 0, 0.3457312, 0.8413447, 2.9959507],
            .geluNew: [-0.0036374, -0.1588080, -0.1542860, 0, 0.3457140, 0.8411920, 2.9963627],
            .relu: [0, 0, 0, 0, 0.5, 1, 3],
        ]
        for (activation, values) in expected {
            for (actual, value) in zip(run(activation, x).values, values) { #expect(abs(actual - value) < 1e-6) }
        }
    }

    @Test func biasIsAddedAndItsGradientIsTheSumOverRows() {
        let rows = 37, width = 19
        var x = (0 ..< rows * width).map { Float($0 % 13) / 5 - 1 }, output = x
        let bias = (0..<width).map { Float($0) / 10 }
        addBiasAndActivate(rows: 0..<rows, width: width, .relu, values: &x, bias: bias, output: &output)
        var gradient = [Float](repeating: 1, count: rows * width), sums = [Float](repeating: 2, count: width)
        activateBackward(rowCount: rows, width: width, .relu, values: &x, gradient: &gradient, biasGradient: &sums)
        for column in 0..<width {
            let active = (0..<rows).count { output[$0 * width + column] > 0 }
            #expect(sums[column] == 2 + Float(active))
        }
    }
}

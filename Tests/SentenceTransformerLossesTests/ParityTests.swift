import Foundation
import Losses
import Tensors
import Testing

/// Greatest relative errors of a loss with certain options over several data.
private struct ParityRow {
    var value = 0.0
    var gradient = 0.0
    var caseCount = 0
}

/// The greatest difference, relative to the largest component that is wanted.
private func relativeError(_ values: [Double], _ wanted: [Double]) -> Double {
    let errors = zip(values, wanted).map { abs($0 - $1) }
    if errors.contains(where: \.isNaN) { return .nan }
    return (errors.max() ?? 0) / max(wanted.map(abs).max() ?? 0, 1e-6)
}

@Test func every_loss_and_its_gradient_agree_with_the_reference() throws {
    var rows: [String: ParityRow] = [:]
    var order: [String] = []
    for entry in try ParityCase.all() {
        let model = entry.makeModel()
        let loss = try entry.makeLoss(model)
        #expect(loss.parameters.map(\.name).sorted() == entry.parameters.map(\.name).sorted(), "\(entry.loss)")
        for parameter in entry.parameters {
            let tensor = try #require(loss.parameters.first { $0.name == parameter.name }?.tensor)
            try GradientTape.noGrad { try tensor.copyInPlace(Tensor(parameter.values.map(Float.init), shape: tensor.shape)) }
        }
        let value = try loss.value(of: entry.batch)
        #expect(value.count == 1)
        try value.backward()
        let gradient = try #require(model.leaf.grad).floatArray().map(Double.init)
        try #require(gradient.count == entry.gradient.count)

        let valueError = abs(Double(value.floatArray()[0]) - entry.value) / max(abs(entry.value), 1e-6)
        var gradientError = relativeError(gradient, entry.gradient)
        for parameter in entry.parameters {
            let own = try #require(loss.parameters.first { $0.name == parameter.name }?.tensor.grad).floatArray().map(Double.init)
            try #require(own.count == parameter.gradient.count)
            let error = relativeError(own, parameter.gradient)
            #expect(error <= 1e-4, """
                \(entry.loss), \(entry.optionText), \(entry.data): gradient of \(parameter.name) \(own) instead of \
                \(parameter.gradient)
                """)
            gradientError = error.isNaN ? .nan : max(gradientError, error)
        }
        #expect(valueError <= 1e-5, "\(entry.loss), \(entry.optionText), \(entry.data): \(value.floatArray()[0]) instead of \(entry.value)")
        #expect(gradientError <= 1e-4, "\(entry.loss), \(entry.optionText), \(entry.data): gradient \(gradient) instead of \(entry.gradient)")

        let key = entry.loss.padding(toLength: 45, withPad: " ", startingAt: 0)
            + entry.optionText.padding(toLength: 92, withPad: " ", startingAt: 0)
        if rows[key] == nil { order.append(key) }
        rows[key, default: ParityRow()].caseCount += 1
        // NaN must not hide behind a smaller figure.
        rows[key]!.value = valueError.isNaN ? .nan : max(rows[key]!.value, valueError)
        rows[key]!.gradient = gradientError.isNaN ? .nan : max(rows[key]!.gradient, gradientError)
    }
    print("Greatest relative errors against the reference (a gradient's is relative to its largest component):")
    for key in order {
        let row = rows[key]!
        print(key, String(format: "data %d  value %.1e  gradient %.1e", row.caseCount, row.value, row.gradient))
    }
    #expect(order.count >= 3)
}

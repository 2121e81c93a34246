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

@Test func every_loss_and_its_gradient_agree_with_the_reference() throws {
    var rows: [String: ParityRow] = [:]
    var order: [String] = []
    for entry in try ParityCase.all() {
        let model = entry.makeModel()
        let value = try entry.makeLoss(model).value(of: entry.batch)
        #expect(value.count == 1)
        try value.backward()
        let gradient = try #require(model.leaf.grad).floatArray().map(Double.init)
        try #require(gradient.count == entry.gradient.count)

        let valueError = abs(Double(value.floatArray()[0]) - entry.value) / max(abs(entry.value), 1e-6)
        let scale = max(entry.gradient.map(abs).max() ?? 0, 1e-6)
        let gradientError = zip(gradient, entry.gradient).map { abs($0 - $1) }.reduce(0, max) / scale
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

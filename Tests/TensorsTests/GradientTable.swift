import Tensors

/// The operations whose gradients are checked.
enum GradientTable {
    static let all = arithmetic + functions + views + reductions + rows + products + indexing + losses

    static let arithmetic: [GradientCase] = [
        GradientCase("add", [[3, 5], [3, 5]]) { try $0[0] + $0[1] },
        GradientCase("add", [[3, 1, 5], [7, 1]]) { try $0[0] + $0[1] },
        GradientCase("add", [[], [4]]) { try $0[0] + $0[1] },
        GradientCase("sub", [[2, 3], [3]]) { try $0[0] - $0[1] },
        GradientCase("mul", [[5, 1], [1, 17]]) { try $0[0] * $0[1] },
        GradientCase("mul", [[2, 3, 4], [3, 1]]) { try $0[0] * $0[1] },
        GradientCase("div", [[2, 3], [2, 1]], range: 0.5...2) { try $0[0] / $0[1] },
        GradientCase("div by scalar", [[2, 3]]) { try (1 - $0[0]) / 3 },
        GradientCase("scalar over", [[5]], range: 0.5...2) { try 2 / $0[0] },
        GradientCase("remainder", [[7]], range: 0.1...0.9) { try ($0[0] + 3).modulo(1) },
        GradientCase("maximum", [[4, 3], [3]]) { try $0[0].maximum($0[1] - 0.2) },
        GradientCase("minimum", [[4, 3], [4, 1]]) { try $0[0].minimum($0[1]) },
        GradientCase("pow", [[3, 4], [4]], range: 0.4...2) { try $0[0].pow($0[1]) },
        GradientCase("pow 3", [[7]]) { try $0[0].pow(3) },
        GradientCase("pow 2", [[7]]) { try $0[0].pow(2) },
        GradientCase("pow 0", [[7]]) { try $0[0].pow(0) },
        GradientCase("pow -1.5", [[7]], range: 0.5...2) { try $0[0].pow(-1.5) },
        GradientCase("where", [[3, 4], [4]]) { try Tensor.where($0[0].gt(0), $0[0].square(), $0[1]) },
        GradientCase("masked_fill", [[3, 4]]) { try $0[0].maskedFill(Tensor([true, false, true, false]), -3) },
        GradientCase("clamp", [[11]]) { try $0[0].clamp(min: -1.01, max: 1.01) },
    ]

    static let functions: [GradientCase] = [
        GradientCase("neg", [[17]]) { try -$0[0] },
        GradientCase("exp", [[3, 6]]) { try $0[0].exp() },
        GradientCase("log", [[19]], range: 0.3...3) { try $0[0].log() },
        GradientCase("log1p", [[19]], range: -0.6...3) { try $0[0].log1p() },
        GradientCase("expm1", [[5]]) { try $0[0].expm1() },
        GradientCase("sqrt", [[5]], range: 0.3...3) { try $0[0].sqrt() },
        GradientCase("rsqrt", [[5]], range: 0.5...3) { try $0[0].rsqrt() },
        GradientCase("reciprocal", [[5]], range: 0.5...3) { try $0[0].reciprocal() },
        GradientCase("abs", [[17]], range: 0.1...2) { try ($0[0] * -1).abs() },
        GradientCase("sign", [[17]], range: 0.1...2) { try $0[0].sign() },
        GradientCase("sin", [[17]]) { try $0[0].sin() },
        GradientCase("cos", [[17]]) { try $0[0].cos() },
        GradientCase("tanh", [[33]]) { try $0[0].tanh() },
        GradientCase("sigmoid", [[33]]) { try $0[0].sigmoid() },
        GradientCase("log_sigmoid", [[33]]) { try $0[0].logSigmoid() },
        GradientCase("softplus", [[33]]) { try $0[0].softplus() },
        GradientCase("relu", [[33]]) { try ($0[0] - 0.11).relu() },
        GradientCase("gelu", [[33]]) { try $0[0].gelu() },
        GradientCase("erf", [[33]]) { try $0[0].erf() },
        GradientCase("floor", [[5]], range: 0.1...0.9) { try $0[0].floor() },
        GradientCase("dropout", [[41]]) { try $0[0].dropout(p: 0.3, generator: Generator(seed: 3)) },
    ]

    static let views: [GradientCase] = [
        GradientCase("reshape", [[2, 6]]) { try $0[0].reshape([3, -1]).square() },
        GradientCase("flatten", [[2, 3, 4]]) { try $0[0].flatten(from: 1).square() },
        GradientCase("permute", [[2, 3, 4]]) { try $0[0].permute([2, 0, -2]).square() },
        GradientCase("transpose", [[3, 5]]) { try $0[0].transpose(0, 1) },
        GradientCase("squeeze", [[3, 1, 5]]) { try $0[0].squeeze(1).square() },
        GradientCase("unsqueeze", [[3, 5]]) { try $0[0].unsqueeze(-1).square() },
        GradientCase("expand", [[3, 1]]) { try $0[0].expand([2, -1, 4]) },
        GradientCase("tile", [[2, 3]]) { try $0[0].tile([2, 1, 3]) },
        GradientCase("narrow", [[5, 3]]) { try $0[0].narrow(dim: 0, start: 1, length: 3).square() },
        GradientCase("row parts", [[5, 3]]) {
            let parts = try $0[0].rowParts([2, 1, 2])
            return try parts[0].multiplying(parts[2]).adding(parts[0].square()).adding($0[0].narrow(dim: 0, start: 1, length: 2))
        },
        GradientCase("slice", [[7, 2]]) { try $0[0].slice(dim: 0, start: 1, end: -1, step: 2).square() },
        GradientCase("select", [[4, 3, 2]]) { try $0[0].select(dim: 1, index: -1).square() },
        GradientCase("diagonal", [[2, 4, 5]]) { try $0[0].diagonal(offset: 1) },
        GradientCase("diagonal below", [[4, 3]]) { try $0[0].diagonal(offset: -2) },
        GradientCase("flip", [[3, 4]]) { try $0[0].flip([0, 1]) },
        GradientCase("triu", [[4, 4]]) { try $0[0].triu(1) },
        GradientCase("tril", [[2, 3, 5]]) { try $0[0].tril(-1) },
        GradientCase("cat", [[2, 3], [2, 1], [2, 0]]) { try Tensor.cat($0, dim: 1).square() },
        GradientCase("stack", [[2, 3], [2, 3]]) { try Tensor.stack($0, dim: -1).square() },
        GradientCase("split", [[5, 2]]) { try Tensor.cat($0[0].split(2).reversed()).square() },
        GradientCase("contiguous", [[3, 4]]) { try $0[0].transpose(0, 1).contiguous().clone() },
    ]

    static let reductions: [GradientCase] = [
        GradientCase("sum", [[3, 5]]) { try $0[0].sum() },
        GradientCase("sum dim", [[3, 5, 2]]) { try $0[0].sum(dim: 1).square() },
        GradientCase("sum dims", [[3, 5, 2]]) { try $0[0].sum(dims: [0, -1]).square() },
        GradientCase("sum keepDim", [[3, 19]]) { try $0[0].sum(dim: -1, keepDim: true) },
        GradientCase("mean", [[3, 5]]) { try $0[0].mean().square() },
        GradientCase("mean dim", [[3, 5]]) { try $0[0].mean(dim: 0, keepDim: true).square() },
        GradientCase("prod", [[2, 3]], range: 0.5...1.5) { try $0[0].prod() },
        GradientCase("prod dim", [[2, 3]], range: 0.5...1.5) { try $0[0].prod(dim: 1) },
        GradientCase("var", [[4, 5]]) { try $0[0].variance() },
        GradientCase("var dim", [[4, 5]]) { try $0[0].variance(dim: 0, correction: 0) },
        GradientCase("std dim", [[4, 5]]) { try $0[0].std(dim: 1, keepDim: true) },
        GradientCase("norm", [[4, 5]]) { try $0[0].norm() },
        GradientCase("norm 1", [[4, 5]], range: 0.1...1) { try $0[0].norm(p: 1, dim: 1) },
        GradientCase("norm 3", [[4, 5]], range: 0.2...1) { try $0[0].norm(p: 3, dim: 0) },
        GradientCase("norm infinity", [[4, 5]]) { try $0[0].norm(p: .infinity, dim: 1) },
        GradientCase("max", [[4, 5]]) { try $0[0].max() },
        GradientCase("max dim", [[4, 5]]) { try $0[0].max(dim: 0) },
        GradientCase("min dim", [[4, 2, 3]]) { try $0[0].min(dim: 1, keepDim: true) },
        GradientCase("amax", [[4, 5]]) { try $0[0].amax(dim: 1) },
        GradientCase("cumsum", [[4, 5]]) { try $0[0].cumsum(dim: 0) },
        GradientCase("cumsum last", [[4, 5]]) { try $0[0].cumsum(dim: -1).square() },
    ]

    static let rows: [GradientCase] = [
        GradientCase("softmax", [[3, 19]]) { try $0[0].softmax() },
        GradientCase("softmax dim 0", [[4, 3]]) { try $0[0].softmax(dim: 0) },
        GradientCase("log_softmax", [[3, 19]]) { try $0[0].logSoftmax(dim: 1) },
        GradientCase("log_softmax dim", [[2, 3, 4]]) { try $0[0].logSoftmax(dim: 1) },
        GradientCase("logsumexp", [[3, 7]]) { try $0[0].logSumExp(dim: 1) },
        GradientCase("logsumexp keepDim", [[3, 7]]) { try $0[0].logSumExp(dim: 0, keepDim: true) },
        GradientCase("sort", [[4, 5]]) { try $0[0].sort(dim: 1, descending: true).values },
        GradientCase("sort dim 0", [[4, 3]]) { try $0[0].sort(dim: 0).values.square() },
        GradientCase("topk", [[3, 9]]) { try $0[0].topK(4).values },
        GradientCase("topk smallest", [[6, 2]]) { try $0[0].topK(2, dim: 0, largest: false).values },
        GradientCase("layer_norm", [[3, 6], [6], [6]]) { try $0[0].layerNorm(weight: $0[1], bias: $0[2]) },
        GradientCase("normalize", [[3, 4]], range: 0.3...2) { try $0[0].normalize() },
        GradientCase("cosine_similarity", [[3, 4], [3, 4]], range: 0.3...2) { try $0[0].cosineSimilarity($0[1]) },
        GradientCase("cdist", [[3, 4], [2, 4]], range: 0.3...2) { try $0[0].cdist($0[1] * -1) },
    ]

    static let products: [GradientCase] = [
        GradientCase("matmul", [[3, 5], [5, 4]]) { try $0[0].matmul($0[1]) },
        GradientCase("matmul transposed", [[5, 3], [4, 5]]) { try $0[0].t().matmul($0[1].t()) },
        GradientCase("matmul vector", [[5], [5, 4]]) { try $0[0].matmul($0[1]) },
        GradientCase("matmul column", [[2, 3, 5], [5]]) { try $0[0].matmul($0[1]) },
        GradientCase("matmul dot", [[5], [5]]) { try $0[0].matmul($0[1]) },
        GradientCase("matmul batch", [[2, 3, 5], [2, 5, 4]]) { try $0[0].matmul($0[1]) },
        GradientCase("matmul batch by one", [[2, 3, 5], [5, 2]]) { try $0[0].matmul($0[1]) },
        GradientCase("matmul broadcast", [[3, 1, 2, 5], [2, 5, 2]]) { try $0[0].matmul($0[1]) },
        GradientCase("matmul one by batch", [[2, 3], [2, 3, 2]]) { try $0[0].matmul($0[1]) },
        GradientCase("linear", [[2, 3, 5], [4, 5], [4]]) { try $0[0].linear($0[1], bias: $0[2]) },
    ]

    static let indexing: [GradientCase] = [
        GradientCase("index_select", [[4, 3]]) { try $0[0].indexSelect(dim: 0, indices: [2, 0, 2, 3, 2]).square() },
        GradientCase("index_select dim 1", [[2, 4, 3]]) { try $0[0].indexSelect(dim: 1, indices: [1, 1]).square() },
        GradientCase("masked_select", [[4, 3]]) { try $0[0].maskedSelect(Tensor([true, false, false, true])).square() },
        GradientCase("gather", [[3, 4]]) { try $0[0].gather(dim: 1, index: Tensor([0, 0, 3, 1, 2, 2] as [Int64], shape: [3, 2])).square() },
        GradientCase("gather dim 0", [[3, 4]]) { try $0[0].gather(dim: 0, index: Tensor([0, 2, 2, 1] as [Int64], shape: [2, 2])).square() },
        GradientCase("scatter_add", [[3, 4], [3, 2]]) {
            try $0[0].scatterAdd(dim: 1, index: Tensor([0, 0, 3, 1, 2, 2] as [Int64], shape: [3, 2]), source: $0[1]).square()
        },
        GradientCase("scatter_add dim 0", [[3, 2], [4, 2]]) {
            try $0[0].scatterAdd(dim: 0, index: Tensor([0, 0, 2, 1, 2, 2, 0, 1] as [Int64], shape: [4, 2]), source: $0[1]).square()
        },
    ]

    static let losses: [GradientCase] = [
        GradientCase("cross_entropy", [[3, 4]]) { try Functional.crossEntropy($0[0], Tensor([1, 3, 0] as [Int64])) },
        GradientCase("cross_entropy smoothed", [[3, 4]]) {
            try Functional.crossEntropy($0[0], Tensor([1, -100, 0] as [Int64]), weight: Tensor([1, 2, 0.5, 3] as [Float]), labelSmoothing: 0.1)
        },
        GradientCase("cross_entropy of probabilities", [[3, 4], [3, 4]]) { try Functional.crossEntropy($0[0], $0[1].softmax(), reduction: .sum) },
        GradientCase("binary_cross_entropy_with_logits", [[7]]) {
            try Functional.binaryCrossEntropyWithLogits($0[0], Tensor([1, 0, 0.5, 1, 0, 1, 0.2] as [Float]), posWeight: 3)
        },
        GradientCase("mse_loss", [[3, 2], [3, 2]]) { try Functional.mse($0[0], $0[1]) },
        GradientCase("l1_loss", [[5]], range: 0.1...1) { try Functional.l1($0[0], $0[0].zerosLike()) },
        GradientCase("huber_loss", [[9], [9]]) { try Functional.huber($0[0], $0[1], delta: 0.7, reduction: .sum) },
        GradientCase("smooth_l1_loss", [[9], [9]]) { try Functional.smoothL1($0[0], $0[1], beta: 0.5, reduction: .none) },
        GradientCase("kl_div", [[2, 5], [2, 5]]) { try Functional.klDiv($0[0].logSoftmax(), $0[1].softmax(), reduction: .sum) },
        GradientCase("kl_div of logarithms", [[2, 5], [2, 5]]) {
            try Functional.klDivBatchMean($0[0].logSoftmax(), $0[1].logSoftmax(), logTarget: true)
        },
        GradientCase("margin_ranking_loss",
            [[5], [5]]) { try Functional.marginRanking($0[0], $0[1], Tensor([1, -1, 1, 1, -1] as [Float]), margin: 0.3) },
    ]
}

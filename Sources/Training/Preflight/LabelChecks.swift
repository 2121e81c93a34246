import Datasets
import Losses
import TextFormat

/// Whether the label column is there and holds what the loss reads.
enum LabelChecks {
    static let all: [Preflight.Check] = [presence, values, listLengths, unequalLists, vectorLengths, constant, imbalance]
    static let ofEval: [Preflight.Check] = [presence, values, listLengths, unequalLists, vectorLengths].map(onEval)

    static func presence(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard let wanted = subject.lossRequirements?.labels, !wanted.isEmpty else { return [] }
        let allowsNone = wanted.contains(.none)
        if subject.train.labels == nil, !allowsNone {
            return [PreflightFinding("label-missing", .error, "\(subject.lossName) needs a label column, the \(subject.part) dataset has none "
                + "(a column named label, labels, score or scores)",
                fix: HeaderNames.firstLikeData(subject.train.inputNames) == nil ? "rename the column that holds the labels with rename_column" : HeaderNames.advice)]
        }
        if let name = subject.train.labelName, wanted == [.none] {
            return [PreflightFinding("label-unexpected", .error, "\(subject.lossName) takes no labels, but column '\(name)' is read as labels "
                + "because of its name", fix: "remove it with remove_columns, or rename it if it holds texts")]
        }
        return []
    }

    static func values(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard let labels = subject.train.labels, let name = subject.train.labelName else { return [] }
        let wanted = subject.lossRequirements?.labels ?? []
        // A loss that says nothing of what it reads, one written in Lua, may read lists.
        let lists = subject.lossRequirements == nil || wanted.contains { form in
            switch form {
            case .numbers, .vectors: return true
            case .none, .number, .classIndex, .classes: return false
            }
        }
        for (row, label) in labels.enumerated() {
            for value in lists ? (label.asList ?? [label]).flatMap({ $0.asList ?? [$0] }) : [label] {
                if case .string(let text) = value {
                    return [PreflightFinding("label-text", .error, "label column '\(name)' holds the text \"\(text.prefix(40))\" in row \(row + 1)",
                                             fix: LabelAdvice.numbers(fromTexts: labels, in: name))]
                }
                guard let number = value.asDouble else {
                    return [PreflightFinding("label-type", .error, "label column '\(name)' holds \(ColumnChecks.describe(value)) in row \(row + 1)",
                                             fix: lists ? "give each row a list of numbers" : "give each row a number")]
                }
                if !number.isFinite {
                    return [PreflightFinding("label-nan", .error, "label column '\(name)' holds \(number.general()) in row \(row + 1)",
                                             fix: "remove such rows with filter")]
                }
            }
        }
        return range(subject, labels, name, wanted)
    }

    private static func range(_ subject: PreflightSubject, _ labels: [DatasetValue], _ name: String,
                              _ wanted: [LossRequirements.Label]) -> [PreflightFinding] {
        let numbers = labels.map { $0.asList == nil ? $0.asDouble : nil }
        for form in wanted {
            switch form {
            case .number(let range):
                guard let row = numbers.firstIndex(where: { $0.map { !range.contains($0) } ?? false }), let value = numbers[row] else { continue }
                return [PreflightFinding("label-range", .error, "\(subject.lossName) takes labels from \(range.lowerBound.general()) to "
                    + "\(range.upperBound.general()), row \(row + 1) of '\(name)' is \(value.general())",
                    fix: LabelAdvice.scaling(numbers.compactMap { $0 }, in: name, to: range, model: subject.model.kind))]
            case .classIndex:
                // Of a cross-encoder the outputs, of a loss with a classifier of its own its classes; others take any.
                let count = subject.model.numLabels ?? subject.lossConfiguration["num_labels"]?.asInteger
                let limit = count.map(Double.init) ?? .infinity
                guard let row = numbers.firstIndex(where: { $0.map { $0 < 0 || $0 >= limit || $0 != $0.rounded() } ?? false }),
                    let value = numbers[row]
                else { continue }
                let wanted = count.map { "from 0 to \($0 - 1) (num_labels is \($0))" } ?? "from 0"
                return [PreflightFinding("label-range", .error,
                    "\(subject.lossName) takes class numbers \(wanted), row \(row + 1) of '\(name)' is \(value.general())",
                    fix: "number the classes from 0, or create the model with enough num_labels")]
            case .classes(let count):
                guard let row = numbers.firstIndex(where: { $0.map { value in
                    value != value.rounded() || count.map { !(0..<Double($0)).contains(value) } ?? false
                } ?? false }), let value = numbers[row] else { continue }
                return [PreflightFinding("label-range", .error, "\(subject.lossName) takes "
                    + (count.map { "class numbers from 0 to \($0 - 1)" } ?? "whole numbers, one for each class")
                    + ", row \(row + 1) of '\(name)' is \(value.general())", fix: "number the classes from 0 with map")]
            case .none, .numbers, .vectors:
                continue
            }
        }
        return []
    }

    static func listLengths(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard let labels = subject.train.labels, let name = subject.train.labelName else { return [] }
        let forms = subject.lossRequirements?.labels ?? []
        let takesSingleNumbers = forms.contains { form in
            switch form {
            case .number, .classIndex, .classes: return true
            case .none, .numbers, .vectors: return false
            }
        }
        for form in forms {
            guard case .numbers(let count) = form else { continue }
            for (row, label) in labels.enumerated() {
                guard let list = label.asList else {
                    if takesSingleNumbers { continue }
                    // One number a row is a list of one for losses that read a fixed number.
                    if count == 1 || count == nil && subject.lossRequirements?.columns.contains(.listOfTexts) == false { continue }
                    return [PreflightFinding("label-length", .error, "\(subject.lossName) reads a list of labels in each row, row \(row + 1) of "
                        + "'\(name)' is \(ColumnChecks.describe(label))", fix: "give each row one label per document")]
                }
                let documents = subject.train.inputs.compactMap { $0[row].asList }.first
                guard let need = count ?? documents?.count, list.count != need else { continue }
                return [PreflightFinding("label-length", .error, "row \(row + 1) has \(list.count) labels in '\(name)' for \(need) "
                    + (count == nil ? "documents" : "expected ones"), fix: "give each row one label per document")]
            }
        }
        return []
    }

    /// Lists with a label for each text column have one length, the one that the loss reads.
    static func unequalLists(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard let wanted = subject.lossRequirements, wanted.labels.contains(.numbers(count: nil)), !wanted.columns.contains(.listOfTexts),
              let labels = subject.train.labels, let name = subject.train.labelName, let label = labels.first else { return [] }
        if let fits = wanted.labelsForColumns?(subject.train.inputs.count), fits.lowerBound > 0, !fits.contains(label.asList?.count ?? 1) {
            let need = fits.count == 1 ? "\(fits.lowerBound)" : "\(fits.lowerBound) or \(fits.upperBound)"
            return [PreflightFinding("label-length", .error, "\(subject.lossName) reads \(need) labels in each row of \(subject.train.inputs.count) "
                + "input columns, row 1 of '\(name)' is \(ColumnChecks.describe(label))", fix: "give each row a label for each document")]
        }
        guard let first = label.asList?.count, let row = labels.firstIndex(where: { $0.asList?.count != first }) else { return [] }
        return [PreflightFinding("label-length", .error,
            "row \(row + 1) of '\(name)' is \(ColumnChecks.describe(labels[row])), the rows before have lists of "
            + "\(first)", fix: "give every row as many labels")]
    }

    static func vectorLengths(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard let labels = subject.train.labels, let name = subject.train.labelName else { return [] }
        for form in subject.lossRequirements?.labels ?? [] {
            guard case .vectors(let dimension) = form else { continue }
            let columns = subject.train.inputs.count
            for (row, label) in labels.enumerated() {
                guard let list = label.asList else {
                    return [PreflightFinding("label-length", .error, "\(subject.lossName) reads a vector in each row, row \(row + 1) of '\(name)' is "
                        + ColumnChecks.describe(label), fix: "give each row the embedding of a teacher as a list of numbers")]
                }
                let vectors = list.first?.asList == nil ? [list] : list.map { $0.asList ?? [] }
                if vectors.count != 1 || list.first?.asList != nil, vectors.count != columns {
                    return [PreflightFinding("label-length", .error,
                        "row \(row + 1) has \(vectors.count) vectors in '\(name)' for \(columns) input columns",
                                             fix: "give each row one vector, or one for each input column")]
                }
                if let odd = vectors.first(where: { $0.count != dimension }) {
                    // Where all rows agree it is the teacher's dimension that differs.
                    let isTeachers = row == 0 && !odd.isEmpty
                    return [PreflightFinding("label-length", .error,
                        "row \(row + 1) has a vector of \(odd.count) numbers in '\(name)', \(subject.lossName) "
                        + "compares it with embeddings of \(dimension)",
                        fix: isTeachers ? "pass projection_dim = \(odd.count) to the loss"
                            : "compute this row with the teacher of the others, or remove it")]
                }
            }
        }
        return []
    }

    static func constant(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard let labels = subject.train.labels, let name = subject.train.labelName, labels.count > 1, let first = labels.first,
              first.asList == nil, labels.allSatisfy({ $0 == first }) else { return [] }
        let (consequence, fix) = readsClasses(subject)
            ? ("there is one class, and none to tell it from", "add rows of other classes")
            : ("the model learns to give one score to everything", "add rows with other labels, for instance with mine_hard_negatives")
        return [PreflightFinding("label-constant", .error, "all \(labels.count) labels in '\(name)' are \(ColumnChecks.describe(first)), "
            + "so \(consequence)", fix: fix)]
    }

    /// Whether a label is the number of a class and no score.
    private static func readsClasses(_ subject: PreflightSubject) -> Bool {
        subject.lossRequirements?.labels.contains { form in
            switch form {
            case .classIndex, .classes: return true
            case .none, .number, .numbers, .vectors: return false
            }
        } ?? false
    }

    static func imbalance(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard subject.lossName == "BinaryCrossEntropyLoss", let labels = subject.train.labels else { return [] }
        let numbers = labels.compactMap(\.asDouble)
        let positives = numbers.filter { $0 == 1 }.count, negatives = numbers.filter { $0 == 0 }.count
        guard positives > 0, positives + negatives == numbers.count else { return [] }
        let ratio = Double(negatives) / Double(positives)
        let weight = subject.lossConfiguration["pos_weight"]?.asNumber
        if weight == nil, ratio >= 2 {
            return [PreflightFinding("imbalance", .warning, "there are \(ratio.general(3)) negatives to each positive "
                + "(\(negatives) and \(positives)) and the loss has no pos_weight", fix: "pass pos_weight = \(ratio.general(3)) to the loss")]
        }
        if let weight, weight > 2 * max(ratio, 0.5) || weight * 2 < ratio {
            return [PreflightFinding("imbalance", .warning, "pos_weight is \(weight.general(3)), but there are "
                + "\(ratio.general(3)) negatives to each positive", fix: "pass pos_weight = \(ratio.general(3)) to the loss")]
        }
        return []
    }
}

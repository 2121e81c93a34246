import Datasets
import Encoders
import JSON
import Tensors

/// What precedes the texts of a column and which route they take through the model.
public struct ColumnRoute: Equatable, Sendable {
    /// Put before each text; nil for none.
    public var prompt: String?
    /// `"query"` or `"document"`, for models with a route for each; nil for neither.
    public var task: String?

    public init(prompt: String? = nil, task: String? = nil) {
        self.prompt = prompt
        self.task = task
    }
}

/// The rows of one training step, by column.
public struct LossBatch {
    /// The input columns in order: `inputs[column][row]`. A cell is a text, or a list of texts for listwise losses.
    public let inputs: [[DatasetValue]]
    /// One label per row, or one list of labels per row; nil where the dataset has no label column.
    public let labels: [DatasetValue]?
    /// How each input column is to be embedded, as many as columns; empty where nothing is said of any.
    public let routes: [ColumnRoute]

    public init(inputs: [[DatasetValue]], labels: [DatasetValue]?, routes: [ColumnRoute] = []) {
        precondition(routes.isEmpty || routes.count == inputs.count, "as many routes as columns")
        self.inputs = inputs
        self.labels = labels
        self.routes = routes
    }

    /// Number of rows.
    public var rowCount: Int { inputs.first?.count ?? labels?.count ?? 0 }
}

/// What a loss asks of dataset and model; preflight compares it with what is there.
public struct LossRequirements {
    /// What one cell of an input column holds.
    public enum Cell: Equatable, Sendable { case text, listOfTexts }

    /// What the label column holds.
    public enum Label: Equatable, Sendable {
        case none
        /// A number in this range.
        case number(ClosedRange<Double>)
        /// A class number in `0..<num_labels`.
        case classIndex
        /// `count` numbers a row, or any number if nil (listwise: as many as documents).
        case numbers(count: Int?)
        /// The whole number of a class, in `0..<count` unless that is nil.
        case classes(count: Int?)
        /// A vector of `dimension` numbers, or a list with a vector for each input column.
        case vectors(dimension: Int)
    }

    /// The kinds of the leading input columns, in order.
    public var columns: [Cell]
    /// Whether further text columns (extra negatives) may follow.
    public var allowsMoreColumns: Bool
    /// With further columns, how many there may be in all; nil for any number.
    public var columnLimit: Int?
    /// The accepted forms of label.
    public var labels: [Label]
    /// The number of model outputs that fits, nil if any does.
    public var numLabels: ClosedRange<Int>?
    /// Whether other rows of the batch serve as negatives, so that duplicates in a batch hurt.
    public var usesInBatchNegatives: Bool
    /// Whether the loss runs the model twice to save memory, which makes gradient checkpointing pointless.
    public var usesGradientCache: Bool
    /// Whether triplets are made of the labels within a batch, so that every batch needs several rows of several labels.
    public var groupsByLabel: Bool
    /// Whether the guide that the loss filters by is the model in training, which then judges itself.
    public var guideIsModel: Bool

    /// Whether rows of a batch are compared with one another, so that a row alone teaches nothing.
    public var comparesRows: Bool
    /// Whether it keeps nothing sparse, so that a sparse encoder needs it inside another loss that does.
    public var needsSparsityLoss: Bool
    /// How many labels fit a row with so many text columns, where there is one for each document; nil if columns do not decide.
    public var labelsForColumns: ((_ columns: Int) -> ClosedRange<Int>)?

    public init(columns: [Cell], allowsMoreColumns: Bool = false, columnLimit: Int? = nil, labels: [Label], numLabels: ClosedRange<Int>? = nil,
                usesInBatchNegatives: Bool = false, usesGradientCache: Bool = false, groupsByLabel: Bool = false,
                guideIsModel: Bool = false, comparesRows: Bool = false, needsSparsityLoss: Bool = false,
                labelsForColumns: ((_ columns: Int) -> ClosedRange<Int>)? = nil) {
        self.columns = columns
        self.allowsMoreColumns = allowsMoreColumns
        self.columnLimit = columnLimit
        self.labels = labels
        self.numLabels = numLabels
        self.usesInBatchNegatives = usesInBatchNegatives
        self.usesGradientCache = usesGradientCache
        self.groupsByLabel = groupsByLabel
        self.guideIsModel = guideIsModel
        self.comparesRows = comparesRows
        self.needsSparsityLoss = needsSparsityLoss
        self.labelsForColumns = labelsForColumns
    }

    /// Whether a dataset of so many input columns can be read.
    public func accepts(columnCount: Int) -> Bool {
        if columnCount <= columns.count { return columnCount == columns.count }
        return allowsMoreColumns && columnCount <= columnLimit ?? Int.max
    }
}

/// A training objective over a model, which it holds.
public protocol Loss: AnyObject {
    /// The name of the class in the field, such as `BinaryCrossEntropyLoss`.
    var name: String { get }

    /// What it needs; nil if it accepts anything (a loss written in Lua).
    var requirements: LossRequirements? { get }

    /// Its settings under the names of the reference, for the model card and the experiments record.
    var configuration: JSONObject { get }

    /// What the loss itself learns besides the model, such as a classifier over embeddings; empty by default. Those with
    /// `requiresGrad` are trained and kept in checkpoints, not in the saved model.
    var parameters: [NamedParameter] { get }

    /// What the last value was the sum of; empty, the default, for a loss without parts. Logs show them.
    var components: [LossComponent] { get }

    /// The loss of a batch: a tensor of one element on the tape. Cached losses run their own backward passes for the
    /// model and put what is left on the tape, so a caller only ever calls `backward()` once on the result.
    /// - Throws: ``LossError`` when the batch does not fit.
    func value(of batch: LossBatch) throws -> Tensor
}

extension Loss {
    public var parameters: [NamedParameter] { [] }
    public var components: [LossComponent] { [] }
}

/// One of the terms that a loss is the sum of.
public struct LossComponent: Equatable, Sendable {
    /// As logs call it, such as `base_loss`.
    public let name: String
    public let value: Double

    public init(name: String, value: Double) {
        self.name = name
        self.value = value
    }
}

/// A batch that does not fit the loss: which column and row, what came, what is wanted.
public struct LossError: Error, CustomStringConvertible, Equatable {
    private var before: String
    private var row: (number: Int, owner: String)?
    private var after = ""

    public init(_ description: String) { before = description }

    /// An error about one row, which stands between two parts of the sentence.
    /// - Parameter row: its place in the batch, from 0.
    public init(_ before: String, row: Int, _ after: String) {
        self.before = before
        self.row = (row, "the batch")
        self.after = after
    }

    public var description: String {
        row.map { "\(before) row \($0.number + 1) of \($0.owner) \(after)" } ?? before
    }

    /// The same error about the row's place in a dataset, since users do not see batches.
    /// - Parameters:
    ///   - rows: the rows of the dataset, from 0, that the batch was made of.
    ///   - dataset: what the dataset is called, such as `the training dataset`.
    public func located(in rows: [Int], of dataset: String) -> LossError {
        guard let row, rows.indices.contains(row.number) else { return self }
        var located = self
        located.row = (rows[row.number], dataset)
        return located
    }

    /// The same error under the name of a loss that is made of the one that raised it.
    package func renamed(from inner: String, to outer: String) -> LossError {
        guard before.hasPrefix(inner) else { return self }
        var renamed = self
        renamed.before = outer + before.dropFirst(inner.count)
        return renamed
    }

    public static func == (a: LossError, b: LossError) -> Bool { a.description == b.description }
}

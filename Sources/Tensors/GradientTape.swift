import Glibc
import Synchronization

/// One recorded operation: its inputs, and how a gradient of its result becomes gradients of them.
public final class GradientNode {
    /// The operation's name, for messages.
    public let name: String
    private(set) var inputs: [Tensor]
    let sequence: UInt64
    private(set) var backward: ((Tensor) throws -> [Tensor?])?
    /// The storage versions of inputs and result when the operation ran.
    private let versions: [Int]

    fileprivate init(name: String, inputs: [Tensor], result: Tensor, sequence: UInt64, backward: @escaping (Tensor) throws -> [Tensor?]) {
        versions = (inputs + [result]).map(\.storage.version)
        self.name = name
        self.inputs = inputs
        self.sequence = sequence
        self.backward = backward
    }

    /// Throws if values that the backward pass may need were changed since.
    fileprivate func checkVersions(result: Tensor) throws {
        for (tensor, version) in zip(inputs + [result], versions) where tensor.hasValues && tensor.storage.version != version {
            throw TensorError("""
                backward: '\(name)' used a tensor of shape \(tensor.shape) that was changed in place afterwards; change a \
                clone, or change it after backward()
                """)
        }
    }

    /// Drops what was saved for the backward pass.
    func release() { backward = nil }

    deinit {
        // A tape can be a million operations long, each of which holds the one before.
        guard inputs.contains(where: { $0.node != nil }) else { return }
        NodeRelease.release(&inputs, &backward)
    }
}

/// Releases what nodes hold one after the other, where each would otherwise release the next from within its own end, as deep on
/// the stack as the tape is long.
private final class NodeRelease {
    /// A thread's value while it releases.
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    private var inputs: [[Tensor]] = []
    private var closures: [((Tensor) throws -> [Tensor?])?] = []

    /// Takes both away from a node that ends.
    static func release(_ inputs: inout [Tensor], _ closure: inout ((Tensor) throws -> [Tensor?])?) {
        if let running = pthread_getspecific(key) {
            Unmanaged<NodeRelease>.fromOpaque(running).takeUnretainedValue().take(&inputs, &closure)
            return
        }
        let queue = NodeRelease()
        pthread_setspecific(key, Unmanaged.passUnretained(queue).toOpaque())
        queue.take(&inputs, &closure)
        // The end of what is taken here may add more.
        while !queue.inputs.isEmpty { queue.releaseLast() }
        pthread_setspecific(key, nil)
    }

    private func take(_ inputs: inout [Tensor], _ closure: inout ((Tensor) throws -> [Tensor?])?) {
        self.inputs.append(inputs)
        closures.append(closure)
        inputs = []
        closure = nil
    }

    private func releaseLast() {
        _ = inputs.removeLast()
        _ = closures.removeLast()
    }
}

/// Whether operations are being recorded, for each thread.
public enum GradientTape {
    /// False inside ``noGrad(_:)``.
    public static var isRecording: Bool { pthread_getspecific(pauseKey) == nil }

    /// A thread's value is nil while it records.
    private static let pauseKey: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()
    private static let sequence = Atomic<UInt64>(0)

    /// Runs `body` without recording: results do not require gradients.
    public static func noGrad<Result>(_ body: () throws -> Result) rethrows -> Result {
        try recording(false, body)
    }

    /// Runs `body` with recording on, also inside ``noGrad(_:)``; cached losses recompute parts this way.
    public static func enableGrad<Result>(_ body: () throws -> Result) rethrows -> Result {
        try recording(true, body)
    }

    private static func recording<Result>(_ value: Bool, _ body: () throws -> Result) rethrows -> Result {
        let before = pthread_getspecific(pauseKey)
        pthread_setspecific(pauseKey, value ? nil : UnsafeRawPointer(bitPattern: 1))
        defer { pthread_setspecific(pauseKey, before) }
        return try body()
    }

    fileprivate static func next() -> UInt64 { sequence.add(1, ordering: .relaxed).newValue }
}

extension Tensor {
    /// Whether an operation over `inputs` has to be recorded.
    public static func records(_ inputs: [Tensor]) -> Bool {
        GradientTape.isRecording && inputs.contains { $0.requiresGrad }
    }

    /// Records this tensor as the result of an operation, if any input asks for gradients.
    ///
    /// - Parameter backward: takes the gradient of this tensor, contiguous and of its shape, and gives one gradient per
    ///   input, each of that input's shape, or nil where the input needs none or where the operation has already added
    ///   to the input's ``grad`` itself (see ``accumulatedGrad()``). Called at most once.
    @discardableResult
    public func recorded(as name: String, from inputs: [Tensor], backward: @escaping (Tensor) throws -> [Tensor?]) -> Tensor {
        if Tensor.records(inputs) {
            requiresGrad = true
            node = GradientNode(name: name, inputs: inputs, result: self, sequence: GradientTape.next(), backward: backward)
        }
        return self
    }

    /// A leaf's gradient to add to in place, zeros at first. Coarse operations use it to let a matrix product add
    /// straight to a parameter's gradient.
    public func accumulatedGrad() -> Tensor {
        if let grad { return grad }
        let fresh = Tensor(zeros: shape)
        grad = fresh
        return fresh
    }

    /// The same values, cut from the tape.
    public func detach() -> Tensor {
        Tensor(storage: storage, shape: shape, strides: strides, offset: offset, dtype: dtype)
    }

    /// This tensor as an input of an operation that wants its gradient but not its values, whose memory is then free as soon as nobody
    /// else holds it. A leaf stays what it is.
    public func withoutValues() -> Tensor {
        guard let node else { return self }
        let result = Tensor(storage: .none, shape: shape, dtype: dtype)
        result.requiresGrad = requiresGrad
        result.node = node
        return result
    }

    var hasValues: Bool { storage !== Storage.none }

    /// Adds the gradient of this tensor with respect to every leaf that requires one to that leaf's ``grad``.
    ///
    /// - Parameter gradient: the gradient of what follows; one for a tensor of one element if nil.
    /// - Throws: if nothing was recorded, if `gradient` is missing or of another shape, or on a second pass over the
    ///   same graph, whose saved values are gone.
    public func backward(_ gradient: Tensor? = nil) throws {
        guard requiresGrad else {
            throw TensorError("backward: this tensor does not require a gradient; set requires_grad on a leaf before computing with it")
        }
        if gradient == nil && count != 1 {
            throw TensorError("backward: a gradient is only implied for a tensor of one element, this one has shape \(shape)")
        }
        if let gradient, gradient.shape != shape {
            throw TensorError("backward: the gradient has shape \(gradient.shape), the tensor \(shape)")
        }
        try GradientTape.noGrad {
            try propagate(gradient ?? Tensor(repeating: 1, shape: shape))
        }
    }

    private func propagate(_ seed: Tensor) throws {
        guard let node else { return addToGrad(seed) }
        // By operation: a tensor without values stands for the one that it was made from.
        var pending = [ObjectIdentifier(node): seed]
        // Operations are undone latest first, so each has its whole gradient when its turn comes.
        var order = BinaryHeap()
        order.push(self)
        while let tensor = order.pop() {
            guard let node = tensor.node, let gradient = pending.removeValue(forKey: ObjectIdentifier(node)) else { continue }
            guard let backward = node.backward else {
                throw TensorError("backward: the values saved by '\(node.name)' were used by an earlier backward(); compute the graph again")
            }
            try node.checkVersions(result: tensor)
            let gradients = try backward(gradient.contiguous())
            node.release()
            for (input, gradient) in zip(node.inputs, gradients) {
                guard let gradient, input.requiresGrad else { continue }
                guard let source = input.node else {
                    input.addToGrad(gradient)
                    continue
                }
                if let sum = pending[ObjectIdentifier(source)] {
                    pending[ObjectIdentifier(source)] = try sum.adding(gradient)
                } else {
                    pending[ObjectIdentifier(source)] = gradient
                    order.push(input)
                }
            }
        }
    }

    private func addToGrad(_ gradient: Tensor) {
        if let grad {
            grad.addInPlace(gradient)
        } else {
            // The gradient may be shared with another input, and later calls add to it.
            grad = gradient.contiguousCopy()
        }
    }
}

/// Tensors by descending sequence of their operation.
private struct BinaryHeap {
    private var items: [Tensor] = []

    private func precedes(_ a: Int, _ b: Int) -> Bool { items[a].node!.sequence > items[b].node!.sequence }

    mutating func push(_ tensor: Tensor) {
        items.append(tensor)
        var child = items.count - 1
        while child > 0, precedes(child, (child - 1) / 2) {
            items.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func pop() -> Tensor? {
        if items.isEmpty { return nil }
        items.swapAt(0, items.count - 1)
        let top = items.removeLast()
        var parent = 0
        while true {
            var first = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < items.count && precedes(child, first) { first = child }
            if first == parent { return top }
            items.swapAt(parent, first)
            parent = first
        }
    }
}

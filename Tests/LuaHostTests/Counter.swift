import LuaHost

/// A small class to register; counts its live objects.
class Counter {
    nonisolated(unsafe) static var live = 0
    var value: Int

    init(_ value: Int) {
        self.value = value
        Counter.live += 1
    }

    deinit { Counter.live -= 1 }
}

final class StepCounter: Counter {
    let step = 5
}

final class Label {
    let text: String
    init(_ text: String) { self.text = text }
}

/// A state with a module `demo` of the classes above.
func makeState() throws -> LuaState {
    let state = try LuaState()
    try state.preload("demo", doc: "For tests.") { demo in
        try demo.class(LuaClass<Counter>("Counter", doc: "Counts.") { c in
            c.constructor(doc: Doc("A counter.", parameters: [.init("start", "integer", default: "0", "first value")])) { call in
                Counter(try call.integer(1, default: 0))
            }
            c.function("from", doc: "A counter of an option table.") { call in
                let options = try call.options(1)
                let counter = Counter(try options.integer("start_value", default: 0))
                _ = try options.choice("mode", ["up", "down"], default: "up")
                try options.finish()
                return .object(counter)
            }
            c.method("add", doc: Doc("Adds.", parameters: [.init("by", "integer", default: "1", "how much")])) { counter, call in
                counter.value += try call.integer(1, default: 1)
                return .object(counter)
            }
            c.method("fail", doc: "Throws.") { _, call in throw call.error("no luck") }
            c.method("each", doc: "Calls f.") { counter, call in
                for index in 0..<counter.value { try call.function(1).call([.integer(index + 1)]) }
                return .nil
            }
            c.property("value", doc: "The count.") { counter, _ in .integer(counter.value) } set: { counter, slot in
                counter.value = try slot.integer()
            }
            c.meta(.length) { counter, _ in .integer(counter.value) }
            c.meta(.tostring) { counter, _ in .string("Counter(\(counter.value))") }
            c.binary(.add) { call in
                let sum = try (call.objectOrNumber(1)) + (call.objectOrNumber(2))
                return .object(Counter(sum))
            }
        })
        try demo.class(LuaClass<StepCounter>("StepCounter", doc: "Counts in steps.", base: "Counter") { c in
            c.constructor(doc: "A counter.") { _ in StepCounter(0) }
            c.method("step", doc: "Adds its step.") { counter, _ in
                counter.value += counter.step
                return .nil
            }
        })
        try demo.class(LuaClass<Label>("Label", doc: "A text.") { c in
            c.constructor(doc: "A label.") { Label(try $0.string(1)) }
            c.method("join", doc: Doc("Joins.", parameters: [.init("other", "Label", "the second half")])) { label, call in
                .object(Label(label.text + (try call.object(1, Label.self)).text))
            }
            c.property("text", doc: "The text.") { label, _ in .string(label.text) }
        })
        try demo.function("call", doc: "Calls a function.") { try $0.function(1).callForOne() }
        try demo.function("raise", doc: "Throws.") { _ in throw LuaError("swift says no") }
        try demo.functionWithResults("range", doc: "Iterates.") { call in
            let last = try call.integer(1, "last")
            var next = 0
            return [.function(try call.state.function("range step") { _ in
                next += 1
                return [next <= last ? .integer(next) : .nil]
            })]
        }
    }
    return state
}

extension LuaCall {
    fileprivate func objectOrNumber(_ position: Int) throws -> Int {
        if let counter = slot(position).objectIfPresent(Counter.self) { return counter.value }
        return try integer(position)
    }
}

extension LuaState {
    /// Runs a chunk called test.lua after `local demo = require "demo"` on the same line; returns its first result.
    func evaluate(_ code: String) throws -> LuaValue {
        try run("local demo = require 'demo'; " + code, name: "@test.lua").first ?? .nil
    }

    /// The message of the error that a chunk must end with.
    func messageOfError(_ code: String) throws -> String { try errorOf(code).message }

    func errorOf(_ code: String) throws -> LuaError {
        do {
            _ = try evaluate(code)
        } catch let error as LuaError {
            return error
        }
        return LuaError("no error was raised")
    }
}

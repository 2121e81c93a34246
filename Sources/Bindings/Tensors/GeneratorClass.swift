import LuaHost
import Tensors

extension TensorBindings {
    /// The class `Generator`, seeding, and switching the tape.
    static func registerGenerator(in sentx: LuaModule) throws {
        try sentx.class(LuaClass<Generator>("Generator", doc: "A source of random numbers with a seed; the same seed gives the same numbers.") { c in
            c.constructor(doc: Doc("A generator.", parameters: [.init("seed", "integer", default: "0", "the seed")])) { call in
                Generator(seed: UInt64(bitPattern: Int64(try call.integer(1, default: 0))))
            }
            c.method("manual_seed", doc: Doc("Starts again at a seed.", parameters: [.init("seed", "integer", "the seed")],
                returns: "the generator")) { generator, call in
                generator.manualSeed(UInt64(bitPattern: Int64(try call.integer(1))))
                return .object(generator)
            }
            c.method("get_state", doc: Doc("All that is needed to go on from here.", returns: "table with seed and stream")) { generator, call in
                try call.record([("seed", .integer(Int(Int64(bitPattern: generator.state.seed)))),
                    ("stream", .integer(Int(Int64(bitPattern: generator.state.stream))))])
            }
            c.method("set_state", doc: Doc("Goes on from a state.", parameters: [.init("state", "table", "from get_state")],
                returns: "the generator")) { generator, call in
                let fields = try call.options(1)
                generator.state = Generator.State(seed: UInt64(bitPattern: Int64(try fields.integer("seed"))),
                    stream: UInt64(bitPattern: Int64(try fields.integer("stream"))))
                try fields.finish()
                return .object(generator)
            }
            c.meta(.tostring) { generator, _ in .string("Generator (seed \(generator.state.seed), \(generator.state.stream) requests)") }
        })
        try sentx.function("manual_seed",
            doc: Doc("Seeds the generator that is used where none is given.", parameters: [.init("seed", "integer", "the seed")],
                                                   returns: "Generator")) { call in
            Generator.shared.manualSeed(UInt64(bitPattern: Int64(try call.integer(1))))
            return .object(Generator.shared)
        }
        let body = Doc.Parameter("body", "function", "what to run")
        try sentx.functionWithResults("no_grad",
            doc: Doc("Runs a function without recording for gradients; gives what it returns.", parameters: [body])) { call in
            let body = try call.function(1)
            return try GradientTape.noGrad { try body.call([]) }
        }
        try sentx.functionWithResults("enable_grad", doc: Doc("Runs a function with recording, also inside no_grad.", parameters: [body])) { call in
            let body = try call.function(1)
            return try GradientTape.enableGrad { try body.call([]) }
        }
        try sentx.function("is_grad_enabled", doc: Doc("Whether operations are being recorded.", returns: "boolean")) { _ in
            .boolean(GradientTape.isRecording)
        }
    }
}

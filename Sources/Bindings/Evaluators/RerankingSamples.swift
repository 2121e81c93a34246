import Evaluators
import LuaHost

extension LuaCall {
    /// The entries of `samples`. Fields beside those that are used may be there.
    func rerankingSamples(_ slot: LuaSlot) throws -> [RerankingSample] {
        if slot.isNil { throw slot.mismatch("table of samples") }
        return try slot.list().enumerated().map { try rerankingSample($1, number: $0 + 1) }
    }

    private func rerankingSample(_ slot: LuaSlot, number: Int) throws -> RerankingSample {
        let table = try slot.table()
        func field(_ name: String) throws -> LuaSlot {
            LuaSlot(try table.get(name), state: state, place: "\(self.name): samples[\(number)].\(name)")
        }
        func texts(_ slot: LuaSlot) throws -> [String] { try slot.value.asString.map { [$0] } ?? slot.strings() }
        let (negative, documents) = (try field("negative"), try field("documents"))
        guard negative.isNil != documents.isNil else {
            throw error("samples[\(number)] needs either negative or documents, it has \(negative.isNil ? "neither" : "both")")
        }
        let query = try field("query").string()
        let positive = try texts(field("positive"))
        return negative.isNil
            ? RerankingSample(query: query, positive: positive, documents: try documents.strings())
            : RerankingSample(query: query, positive: positive, negative: try texts(negative))
    }
}

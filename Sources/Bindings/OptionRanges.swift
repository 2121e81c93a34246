import LuaHost

/// Numbers that make sense only within a range. Each reader names the option in its error, so that a count of 0, a size that overflows
/// or a NaN is refused where it is written and not where it is used.
extension LuaSlot {
    /// The most elements that a layer or an embedding may have; a greater number is a mistake, and products of two fit in an integer.
    static let greatestDimension = 1 << 24

    /// A whole number from `least` to `most`.
    func integer(from least: Int, to most: Int = .max) throws -> Int {
        let value = try integer()
        if value < least { throw invalid("must be at least \(least)") }
        if value > most { throw invalid("must be at most \(most)") }
        return value
    }

    /// The number of elements of an embedding, of a layer's input or output, of classes.
    func dimension() throws -> Int { try integer(from: 1, to: Self.greatestDimension) }

    /// Whole numbers that count from 1, as a script writes places.
    func places() throws -> [Int] {
        guard case .table = value else { throw mismatch("table of integers") }
        return try list().map { try $0.integer(from: 1) }
    }
}

extension LuaOptions {
    /// A whole number above 0.
    func positiveInteger(_ name: String, default fallback: Int) throws -> Int { try optionalPositiveInteger(name) ?? fallback }

    /// A whole number above 0, nil if it is absent.
    func optionalPositiveInteger(_ name: String) throws -> Int? {
        let slot = slot(name)
        return slot.isNil ? nil : try slot.integer(from: 1)
    }

    /// A whole number of 0 or more, nil if it is absent.
    func optionalCount(_ name: String) throws -> Int? {
        let slot = slot(name)
        return slot.isNil ? nil : try slot.integer(from: 0)
    }

    /// A whole number above 0, or -1 for all.
    func countOrAll(_ name: String, default fallback: Int) throws -> Int {
        let slot = slot(name)
        if slot.isNil { return fallback }
        let value = try slot.integer()
        if value < 1 && value != -1 { throw slot.invalid("must be at least 1, or -1 for all") }
        return value
    }

    /// See ``LuaSlot/dimension()``; nil if it is absent.
    func optionalDimension(_ name: String) throws -> Int? {
        let slot = slot(name)
        return slot.isNil ? nil : try slot.dimension()
    }

    /// See ``LuaSlot/dimension()``.
    func dimension(_ name: String) throws -> Int {
        let slot = slot(name)
        if slot.isNil { throw slot.mismatch("integer") }
        return try slot.dimension()
    }

    /// A finite number above 0.
    func positiveNumber(_ name: String, default fallback: Double) throws -> Double {
        let value = try finiteNumber(name, default: fallback)
        // What rounds to 0 in a tensor is 0 there.
        if Float(value) <= 0 { throw slot(name).invalid("must be above 0") }
        return value
    }

    /// A finite number of 0 or more.
    func nonNegativeNumber(_ name: String, default fallback: Double) throws -> Double {
        let value = try finiteNumber(name, default: fallback)
        if value < 0 { throw slot(name).invalid("must be 0 or more") }
        return value
    }
}

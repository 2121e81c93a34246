/// Finds which rows of a table a list of ids reads. The work follows the number of ids, not of rows.
final class DistinctRows {
    private let entries: Int
    /// For each row its place among those found, and -1 between calls; made with the first call.
    private var places: [Int32] = []

    /// - Parameter entries: rows of the table.
    init(entries: Int) { self.entries = entries }

    /// The ids that occur, ascending, and the place of each id among them. - Parameter ids: within the table.
    func callAsFunction(_ ids: [Int32]) -> (rows: [Int32], places: [Int32]) {
        if places.isEmpty { places = [Int32](repeating: -1, count: entries) }
        var rows: [Int32] = []
        for id in ids where places[Int(id)] < 0 {
            places[Int(id)] = 0
            rows.append(id)
        }
        rows.sort()
        for (place, row) in rows.enumerated() { places[Int(row)] = Int32(place) }
        let result = ids.map { places[Int($0)] }
        for row in rows { places[Int(row)] = -1 }
        return (rows, result)
    }
}

/// Rows in columns, each as wide as its widest cell.
struct Table {
    enum Alignment { case left, right }

    private var rows: [[String]] = []
    private let alignments: [Alignment]
    private let gap: String

    init(_ alignments: [Alignment], gap: String = "  ") {
        self.alignments = alignments
        self.gap = gap
    }

    mutating func add(_ cells: [String]) { rows.append(cells) }

    /// The lines, without trailing spaces. `style` may colour a cell after it was padded: (row, column,
    /// text).
    func lines(style: (Int, Int, String) -> String = { _, _, text in text }) -> [String] {
        var widths = [Int](repeating: 0, count: alignments.count)
        for row in rows {
            for (column, cell) in row.enumerated() where column < widths.count {
                widths[column] = max(widths[column], cell.count)
            }
        }
        return rows.enumerated().map { index, row in
            var line = ""
            for (column, cell) in row.enumerated() where column < widths.count {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                let isLast = column == row.count - 1
                let styled = style(index, column, cell)
                line += alignments[column] == .right ? padding + styled : styled + (isLast ? "" : padding)
                if !isLast { line += gap }
            }
            return line
        }
    }
}

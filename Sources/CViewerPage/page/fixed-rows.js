// What a table shows when all of its rows are there.

/** A source of rows that are all there. `key` names a row over changes. */
export function fixedRows(rows, key = (row, index) => index) {
  return {
    rows,
    get count() {
      return this.rows.length;
    },
    row(index) {
      return this.rows[index];
    },
    key(index) {
      return index in this.rows ? key(this.rows[index], index) : undefined;
    },
    indexOf(wanted) {
      return this.rows.findIndex((row, index) => key(row, index) === wanted);
    },
  };
}

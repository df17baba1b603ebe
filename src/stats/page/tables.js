// Tables that are brought up to date in place, so that neither focus nor scroll position is lost. Know
// nothing of servers.

// Makes `table` show `rows` by `columns`: {name, title, of(row) → text or node, key(row) → for sorting}.
export function table(element, columns, order) {
  const head = element.createTHead().insertRow();
  const body = element.createTBody();
  const state = { ...order };
  const buttons = columns.map((column) => {
    const cell = document.createElement("th");
    cell.scope = "col";
    if (column.word) cell.className = "word";
    if (column.title) cell.title = column.title;
    head.append(cell);
    if (!column.key) {
      cell.textContent = column.name;
      return null;
    }
    const button = document.createElement("button");
    button.type = "button";
    button.addEventListener("click", () => {
      const isAgain = state.by === column.name;
      state.down = isAgain ? !state.down : !column.word;
      state.by = column.name;
      draw();
    });
    cell.append(button);
    return { button, cell, column };
  });
  let shown = [];

  function draw() {
    for (const sortable of buttons) {
      if (!sortable) continue;
      const { button, cell, column } = sortable;
      const isOrder = state.by === column.name;
      button.textContent = column.name + (isOrder ? (state.down ? " ▾" : " ▴") : "");
      cell.ariaSort = isOrder ? (state.down ? "descending" : "ascending") : "none";
    }
    const { key } = columns.find((column) => column.name === state.by) ?? {};
    const rows = key ? [...shown].sort((one, other) => compare(key(one), key(other), state.down)) : shown;
    rows.forEach((row, place) => fill(body.rows[place] ?? body.insertRow(), columns, row));
    while (body.rows.length > rows.length) body.deleteRow(-1);
  }

  return (rows) => {
    shown = rows;
    draw();
  };
}

function compare(one, other, isDown) {
  const order = typeof one === "string" ? one.localeCompare(other) : (one ?? -1) - (other ?? -1);
  return isDown ? -order : order;
}

function fill(line, columns, row) {
  line.className = row.mark ?? "";
  columns.forEach((column, place) => {
    const cell = line.cells[place] ?? line.insertCell();
    const text = String(column.of(row) ?? "");
    if (cell.textContent !== text) cell.textContent = text;
    const kind = [column.word ? "word" : "", column.isBad?.(row) ? "bad" : ""].join(" ").trim();
    if (cell.className !== kind) cell.className = kind;
  });
}

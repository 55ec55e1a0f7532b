/** The output's properties: its width, and whether colours are allowed. */
export interface View {
  width: number;
  colour: boolean;
  /** Epoch ms. */
  now: number;
}

export type Colour = "green" | "yellow" | "red" | "dim" | "cyan" | "bold";

const CODES: Record<Colour, [on: number, off: number]> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

export function paint(text: string, colour: Colour | null, view: Pick<View, "colour">): string {
  if (!view.colour || colour === null || text === "") return text;
  const [on, off] = CODES[colour];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}

/** Cuts text to a number of columns, with an ellipsis if something is missing. */
export function fit(text: string, columns: number): string {
  // Without columns, not even characters of no width: they would attach to whatever precedes.
  if (columns < 1) return "";
  if (Bun.stringWidth(text) <= columns) return text;
  let kept = "";
  for (const character of text) {
    if (Bun.stringWidth(kept + character) > columns - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

export interface Cell {
  text: string;
  colour?: Colour | null;
}

const GAP = 2;

/** The widths of a table that is drawn again and again: columns never get narrower, so they stay where they are. */
export class ColumnWidths {
  #widths: readonly number[] = [];

  /** The widths for these rows; those of another number of columns start again. */
  for(rows: readonly Cell[][]): readonly number[] {
    const count = Math.max(0, ...rows.map((row) => row.length));
    const before = this.#widths.length === count ? this.#widths : [];
    this.#widths = Array.from({ length: count }, (_, column) =>
      Math.max(before[column] ?? 0, ...rows.map((row) => Bun.stringWidth(row[column]?.text ?? ""))),
    );
    return this.#widths;
  }
}

/** The last column is readable with this many columns of the terminal. */
const READABLE = 30;

/**
 * Rows as aligned columns, never wider than the view: the last column is cut. `optional`: the index of a column that is left
 * out if the last one can't be read otherwise.
 */
export function table(
  rows: Cell[][],
  view: View,
  columns = new ColumnWidths(),
  optional: number | null = null,
): string[] {
  const widths = columns.for(rows);
  const isShown = (_: unknown, column: number) => column !== optional || isReadable(widths, view);
  const shown = widths.filter(isShown);
  return rows.map((row) => tableRow(row.filter(isShown), shown, view));
}

/** Whether the view has enough room for the last column. */
function isReadable(widths: readonly number[], { width }: View): boolean {
  const before = widths.slice(0, -1).reduce((sum, each) => sum + each + GAP, 0);
  return before + Math.min(widths.at(-1) ?? 0, READABLE) <= width;
}

function tableRow(row: Cell[], widths: readonly number[], view: View): string {
  let used = 0;
  const cells = row.map(({ text, colour = null }, column) => {
    const room = Math.max(0, view.width - used);
    const wanted = widths[column] ?? 0;
    const shown = fit(text, Math.min(wanted, room));
    used += wanted + GAP;
    return paint(shown, colour, view) + " ".repeat(Math.max(0, wanted - Bun.stringWidth(shown)));
  });
  return cells.join(" ".repeat(GAP)).trimEnd();
}

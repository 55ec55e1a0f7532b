import { FIGURES, type FigureName } from "./columns.ts";
import { median } from "./measure.ts";
import { type Candidate, NotToBeHad, type Tool } from "./tools/tool.ts";

/** A tool of a run, and all that the run found of it: a row of the tables. */
export class Entrant {
  readonly #samples = new Map<FigureName, number[]>();
  readonly #reasons = new Map<FigureName, string>();
  readonly remarks: string[];

  private constructor(
    readonly kind: Candidate["kind"],
    readonly name: string,
    /** Null: it could not be had. */
    readonly tool: Tool | null,
  ) {
    this.remarks = [...(tool?.remarks ?? [])];
  }

  static async of({ kind, name, install }: Candidate, cache: string): Promise<Entrant> {
    try {
      return new Entrant(kind, name, await install(cache));
    } catch (error) {
      if (!(error instanceof NotToBeHad)) throw error;
      console.error(`${name}: ${error.message}`);
      const entrant = new Entrant(kind, name, null);
      entrant.miss(FIGURES, `can't be had: ${error.message}`);
      return entrant;
    }
  }

  get title(): string {
    const version = this.tool?.version ?? null;
    return version === null ? this.name : `${this.name} ${version}`;
  }

  /** Takes what a round has found at once: a round that fails later keeps it. */
  add(figure: FigureName, value: number): void {
    this.#samples.set(figure, [...(this.#samples.get(figure) ?? []), value]);
  }

  /** The reason is shown where no sample comes. */
  miss(figures: readonly FigureName[], reason: string): void {
    for (const figure of figures) this.#reasons.set(figure, `${this.name}: ${reason}`);
  }

  /** The median of a figure, null where there is none. */
  median(figure: FigureName): number | null {
    const values = this.#samples.get(figure) ?? [];
    return values.length === 0 ? null : median(values);
  }

  reason(figure: FigureName): string {
    return this.#reasons.get(figure) ?? "not measured";
  }
}

import type { Node as Task } from "../domain/tasks/graph.ts";
import { change, draw, make } from "./dom.ts";
import { type Box, BOX_HEIGHT, layoutOf } from "./graph-layout.ts";
import type { TaskView } from "./task-row.ts";
import { hashOf } from "./words.ts";

/** Draws the tasks and their dependencies, as wide as the element. */
export class GraphView {
  #tasks: TaskView[] = [];
  /** The input of the current drawing. A change of a task's state changes only colours. */
  #drawn = "";
  readonly #boxes = new Map<string, SVGAElement>();
  readonly #element: HTMLElement;

  constructor(element: HTMLElement) {
    this.#element = element;
    new ResizeObserver(() => this.show(this.#tasks)).observe(element);
  }

  show(tasks: TaskView[]): void {
    this.#tasks = tasks;
    const nodes = tasks.map(({ task: { name, depends_on } }) => ({ name, depends_on }));
    const availableWidth = Math.floor(this.#element.clientWidth);
    const wanted = JSON.stringify([nodes, availableWidth]);
    if (wanted !== this.#drawn && availableWidth > 0) this.#draw(nodes, availableWidth);
    if (availableWidth > 0) this.#drawn = wanted;
    for (const known of tasks) this.#colour(known);
  }

  #draw(tasks: Task[], availableWidth: number): void {
    const { width, height, boxes, edges } = layoutOf(tasks, availableWidth);
    this.#boxes.clear();
    if (boxes.length === 0) {
      this.#element.replaceChildren(make("p", { class: "empty" }, "The config has no tasks."));
      return;
    }
    const box = `-1 -1 ${width + 2} ${height + 2}`;
    const size = { width: `${width + 2}`, height: `${height + 2}`, viewBox: box };
    const label = "Arrows lead from each task to its dependents";
    const svg = draw("svg", { ...size, role: "group", "aria-label": label }, arrowHead());
    for (const { path, from, to } of edges) {
      svg.append(
        draw("path", {
          class: "edge",
          d: path,
          "data-from": from,
          "data-to": to,
          "marker-end": "url(#arrow)",
        }),
      );
    }
    for (const box of boxes) {
      const drawn = drawBox(box);
      this.#boxes.set(box.name, drawn);
      svg.append(drawn);
    }
    this.#element.replaceChildren(svg);
  }

  #colour({ task, state, isSelected }: TaskView): void {
    const box = this.#boxes.get(task.name);
    if (box === undefined) return;
    change(box, "data-state", state);
    change(box, "aria-current", isSelected ? "true" : null);
    const needs = task.depends_on.length === 0 ? "" : `, depends on ${task.depends_on.join(", ")}`;
    change(box, "aria-label", `${task.name}: ${state}${needs}`);
    const title = box.querySelector("title")!;
    title.textContent = `${task.name}: ${state}`;
    for (const edge of this.#element.querySelectorAll(".edge"))
      if (edge.getAttribute("data-from") === task.name) change(edge, "data-state", state);
  }
}

function drawBox({ name, label, x, y, width }: Box): SVGAElement {
  const text = draw("text", { x: `${x + 23}`, y: `${y + BOX_HEIGHT / 2}` }, label);
  return draw(
    "a",
    { class: "box", href: hashOf(name), "data-task": name },
    draw("title"),
    draw("rect", { x: `${x}`, y: `${y}`, width: `${width}`, height: `${BOX_HEIGHT}`, rx: "7" }),
    draw("circle", { cx: `${x + 13}`, cy: `${y + BOX_HEIGHT / 2}`, r: "4" }),
    text,
  );
}

const arrowHead = (): SVGElement =>
  draw(
    "defs",
    {},
    draw(
      "marker",
      {
        id: "arrow",
        viewBox: "0 0 8 8",
        refX: "7",
        refY: "4",
        markerWidth: "7",
        markerHeight: "7",
        orient: "auto",
      },
      draw("path", { d: "M1 1 7 4 1 7", class: "arrow" }),
    ),
  );

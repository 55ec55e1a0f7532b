import type { Node as Task } from "../domain/graph.ts";
import { change, draw, make } from "./dom.ts";
import { type Box, boxHeight, layoutOf } from "./graph-layout.ts";
import type { Known } from "./task-row.ts";
import { hashOf } from "./words.ts";

/** The tasks and what they depend on, as wide as there is room. */
export class GraphView {
  private tasks: Known[] = [];
  /** What the drawing was made of: a change of a state only changes colours. */
  private drawn = "";
  private readonly boxes = new Map<string, SVGAElement>();

  constructor(private readonly element: HTMLElement) {
    new ResizeObserver(() => this.show(this.tasks)).observe(element);
  }

  show(tasks: Known[]): void {
    this.tasks = tasks;
    const nodes = tasks.map(({ task: { name, depends_on } }) => ({ name, depends_on }));
    const room = Math.floor(this.element.clientWidth);
    const wanted = JSON.stringify([nodes, room]);
    if (wanted !== this.drawn && room > 0) this.draw(nodes, room);
    if (room > 0) this.drawn = wanted;
    for (const known of tasks) this.colour(known);
  }

  private draw(tasks: Task[], room: number): void {
    const { width, height, boxes, edges } = layoutOf(tasks, room);
    this.boxes.clear();
    if (boxes.length === 0) {
      this.element.replaceChildren(make("p", { class: "empty" }, "The config has no tasks."));
      return;
    }
    const box = `-1 -1 ${width + 2} ${height + 2}`;
    const size = { width: `${width + 2}`, height: `${height + 2}`, viewBox: box };
    const label = "Each task leads to those that depend on it";
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
      this.boxes.set(box.name, drawn);
      svg.append(drawn);
    }
    this.element.replaceChildren(svg);
  }

  private colour({ task, state, isSelected }: Known): void {
    const box = this.boxes.get(task.name);
    if (box === undefined) return;
    change(box, "data-state", state);
    change(box, "aria-current", isSelected ? "true" : null);
    const needs = task.depends_on.length === 0 ? "" : `, depends on ${task.depends_on.join(", ")}`;
    change(box, "aria-label", `${task.name}: ${state}${needs}`);
    const title = box.querySelector("title")!;
    title.textContent = `${task.name}: ${state}`;
    for (const edge of this.element.querySelectorAll(".edge"))
      if (edge.getAttribute("data-from") === task.name) change(edge, "data-state", state);
  }
}

function drawBox({ name, label, x, y, width }: Box): SVGAElement {
  const text = draw("text", { x: `${x + 23}`, y: `${y + boxHeight / 2}` }, label);
  return draw(
    "a",
    { class: "box", href: hashOf(name), "data-task": name },
    draw("title"),
    draw("rect", { x: `${x}`, y: `${y}`, width: `${width}`, height: `${boxHeight}`, rx: "7" }),
    draw("circle", { cx: `${x + 13}`, cy: `${y + boxHeight / 2}`, r: "4" }),
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

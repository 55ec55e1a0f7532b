import { closeSync, constants, openSync, writeSync } from "node:fs";
import type { ToolStage } from "./tools/stage.ts";

/** A FIFO to a task. */
export class Orders implements Disposable {
  readonly #fd: number;

  constructor(stage: ToolStage) {
    Bun.spawnSync(["mkfifo", Orders.path(stage)]);
    this.#fd = openSync(Orders.path(stage), constants.O_RDWR);
  }

  static path(stage: ToolStage): string {
    return stage.path("orders");
  }

  /** What a task's script must do to print each order. */
  static body(stage: ToolStage): string {
    return `exec 3<>${Orders.path(stage)}\nwhile read -r line <&3; do echo "$line"; done`;
  }

  give(line: string): void {
    writeSync(this.#fd, `${line}\n`);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

import { closeSync, openSync, writeSync } from "node:fs";

const FIRST_LINE = Date.UTC(2024, 0, 1);

/** A log of a web server of about `size` bytes, with stamps 3 ms apart; returns the time of the last line. */
export function writeWebLog(path: string, size: number): number {
  const file = openSync(path, "w");
  let time = FIRST_LINE;
  for (let written = 0, number = 0; written < size;) {
    let block = "";
    while (block.length < 1 << 20) {
      time += 3;
      block += `${new Date(time).toISOString().slice(0, 23)} GET /api/items/${number++} 200 ${number % 97}ms user=${number % 1000} and more text of a busy server\n`;
    }
    written += writeSync(file, block);
  }
  closeSync(file);
  return time;
}

import { join } from "node:path";
import type { ChosenPorts } from "../../domain/ports/addresses.ts";
import { fileAt, parseJson, readRare, replaceFile } from "../system/files.ts";
import { makePrivateDirectory } from "../system/paths.ts";

const NONE: ChosenPorts = {};

/** The ports that starts have chosen for the tasks of a session: `ports.json` in its run directory. */
export class PortRecord {
  readonly #directory: string;
  #read: { file: string | null; ports: ChosenPorts } = { file: null, ports: NONE };

  constructor(directory: string) {
    this.#directory = directory;
  }

  get #path(): string {
    return join(this.#directory, "ports.json");
  }

  /** The chosen ports; none if there is no record, or no usable one. The file is parsed if it has changed. */
  get ports(): ChosenPorts {
    const file = fileAt(this.#path);
    if (file !== this.#read.file) this.#read = { file, ports: portsIn(readRare(this.#path)) };
    return this.#read.ports;
  }

  /** Replaces the record; the lock of all ports must be held. Throws errors of the file system. */
  set(ports: ChosenPorts): void {
    makePrivateDirectory(this.#directory);
    replaceFile(this.#path, `${JSON.stringify({ ports })}\n`);
  }
}

function portsIn(text: string | null): ChosenPorts {
  const value = text === null ? null : (parseJson(text) as { ports?: unknown } | null);
  const ports = value?.ports;
  if (typeof ports !== "object" || ports === null) return NONE;
  return Object.fromEntries(Object.entries(ports).filter(([, port]) => isPort(port)));
}

const isPort = (port: unknown): port is number =>
  typeof port === "number" && Number.isInteger(port) && port > 0 && port <= 65_535;

import { join } from "node:path";
import { refusedBySystem } from "../../domain/system-error.ts";
import { isAgentMarker } from "../../domain/values/agents.ts";
import { isTable } from "../../domain/values/shape.ts";
import { callerEnvironment } from "../system/environment.ts";
import { readJson, replaceFile } from "../system/files.ts";
import { isTerminal } from "../system/libc.ts";
import { runDirectory } from "../system/paths.ts";

/** Variables by name. */
type Environment = Readonly<Record<string, string>>;

/** Whose environment a session's tasks get. */
export class SessionCaller {
  readonly #session: string;
  readonly #isOwn: boolean;
  #recorded: Environment | null;

  private constructor(session: string, isOwn: boolean, recorded: Environment | null = null) {
    this.#session = session;
    this.#isOwn = isOwn;
    this.#recorded = recorded;
  }

  /** This process's. */
  static own = (session: string): SessionCaller => new SessionCaller(session, true);

  /** That of the person who last started tasks of the session, `caller.json` in its run directory; else this process's. */
  static recorded = (session: string): SessionCaller => new SessionCaller(session, false);

  /** That of an earlier command. */
  static earlier = (session: string, environment: Environment): SessionCaller =>
    new SessionCaller(session, false, environment);

  get environment(): Environment {
    if (this.#isOwn) return callerEnvironment();
    return (this.#recorded ??= this.#read() ?? callerEnvironment());
  }

  /** Records the environment if a person runs this process: on a terminal, and not by a coding agent. */
  keep(): void {
    if (!this.#isOwn || !isByPerson()) return;
    const environment = callerEnvironment();
    if (Bun.deepEquals(this.#read(), environment)) return;
    try {
      replaceFile(this.#path, `${JSON.stringify(environment)}\n`);
    } catch (error) {
      // On a full disk the tasks start all the same.
      if (refusedBySystem(error) === null) throw error;
    }
  }

  #read(): Environment | null {
    const value = readJson(this.#path);
    const isEnvironment =
      isTable(value) && Object.values(value).every((one) => typeof one === "string");
    return isEnvironment ? (value as Environment) : null;
  }

  get #path(): string {
    return join(runDirectory(this.#session), "caller.json");
  }
}

const isByPerson = (): boolean =>
  [0, 1, 2].some(isTerminal) && !Object.keys(process.env).some(isAgentMarker);

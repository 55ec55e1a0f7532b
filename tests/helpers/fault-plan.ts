/** The actors of a fault run: two people at terminals, and the faults of the tasks and of the monitor. */
export type Actor = "left" | "right" | "tasks" | "monitor";

/** One thing that an actor does, `pause` ms after its last one is over. */
export type Act = { pause: number } & (
  | {
      kind: "command";
      words: string[];
      /** Killed with SIGKILL this long after its start, ms. */
      dies: number | null;
      /** The number of processes that begin it at the same moment. */
      times: number;
    }
  | { kind: "crash"; task: string }
  | { kind: "exit"; task: string; status: number }
  | { kind: "kill monitor" }
);

export interface FaultTask {
  name: string;
  /** Its fields in taskmux.toml, besides the command. */
  fields: string;
  /** A job that ends by itself, and doesn't listen. */
  isJob?: boolean;
  /** Part of `command`, before it begins to listen. */
  prelude?: string;
}

const EAGER = "max_restarts = 0\nrestart_backoff = 0.2";

/** Every policy, with and without dependencies, and two that are hard to end. */
export const FAULT_TASKS: readonly FaultTask[] = [
  {
    name: "db",
    fields: `restart_policy = "always"\n${EAGER}\nhealth_check = "true"\nhealth_interval = 0.5`,
  },
  { name: "api", fields: `depends_on = ["db"]\n${EAGER}` },
  {
    name: "web",
    fields: `depends_on = ["api"]\nauto_start = false\nrestart_policy = "always"\n${EAGER}`,
  },
  { name: "worker", fields: `depends_on = ["db"]\nauto_start = false\n${EAGER}` },
  { name: "lone", fields: `restart_policy = "always"\nauto_start = false\n${EAGER}` },
  { name: "limited", fields: `max_restarts = 2\nrestart_backoff = 0.2` },
  { name: "never", fields: 'restart_policy = "no"\nauto_start = false' },
  { name: "job", fields: `oneshot = true\n${EAGER}`, isJob: true },
  {
    name: "stubborn",
    fields: `restart_policy = "always"\nstop_grace_period = 0.2\n${EAGER}`,
    prelude: "trap '' INT; ",
  },
  {
    name: "parent",
    // What a shell begins with `&` ignores C-c.
    fields: `auto_start = false\nrestart_policy = "always"\nstop_grace_period = 0.2\n${EAGER}`,
    prelude: "setsid sleep 3000 & sleep 3001 & ",
  },
];

/** What each actor does, one act after the other and without an end; the same for the same seed. */
export function faultPlan(seed: number): Record<Actor, Iterable<Act>> {
  return {
    left: acts(seed + 1, command),
    right: acts(seed + 2, command),
    tasks: acts(seed + 3, accident),
    monitor: acts(seed + 4, monitorsDeath),
  };
}

function* acts(seed: number, next: (random: Random) => Act): Generator<Act, never> {
  const random = new Random(seed);
  for (;;) yield next(random);
}

const VERBS = ["start", "start", "stop", "restart", "kill", "status"] as const;

function command(random: Random): Act {
  const verb = random.of(VERBS);
  const isAll = verb !== "kill" && random.between(0, 3) === 0;
  const words = verb === "status" || isAll ? [verb] : [verb, ...names(random)];
  const dies = random.between(0, 3) === 0 ? random.between(0, 150) : null;
  const times = random.between(0, 4) === 0 ? 2 : 1;
  return { kind: "command", words, dies, times, pause: random.between(0, 100) };
}

const names = (random: Random): string[] => {
  const count = random.between(0, 3) === 0 ? 2 : 1;
  return [...new Set(Array.from({ length: count }, () => random.of(FAULT_TASKS).name))];
};

function accident(random: Random): Act {
  const task = random.of(FAULT_TASKS.filter(({ isJob }) => !isJob)).name;
  const pause = random.between(0, 250);
  if (random.between(0, 1) === 0) return { kind: "crash", task, pause };
  return { kind: "exit", task, status: random.of([0, 0, 1, 3]), pause };
}

const monitorsDeath = (random: Random): Act => ({
  kind: "kill monitor",
  pause: random.between(100, 2500),
});

/** Mulberry32: small, and the same everywhere. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e3779b1);
  }

  /** A whole number, both bounds included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#next() * (most - least + 1));
  }

  of<T>(values: readonly T[]): T {
    return values[this.between(0, values.length - 1)]!;
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

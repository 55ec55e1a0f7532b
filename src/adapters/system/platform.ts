/** How the system describes processes: by /proc, or by `ps`, `lsof` and `launchctl`. */
export type System = "linux" | "darwin";

/** Set by the build. Tests build for the other system; users can't change it. */
declare const TASKMUX_SYSTEM: System | undefined;

const own: System = process.platform === "linux" ? "linux" : "darwin";

/** The system for which this executable was built. */
export const system: System = typeof TASKMUX_SYSTEM === "string" ? TASKMUX_SYSTEM : own;

/** The directory of process descriptions for shell scripts; on systems without one, a directory that doesn't exist. */
export const processesDirectory = system === "linux" ? "/proc" : "/nonexistent";

import type { Environment, TaskUrl } from "../../domain/results/addresses.ts";
import { quote, shellWord } from "../../domain/values/shell-word.ts";

/** Only the URL: for `$(taskmux url web)`. */
export const renderUrl = ({ url }: TaskUrl): string[] => [url];

/** Lines for a POSIX shell, an `.envrc`, or a file that is sourced. */
export const renderEnv = ({ env }: Environment): string[] =>
  Object.entries(env).map(([name, value]) => `export ${name}=${wordOf(value)}`);

/** A word that begins with `~` or `=` means something to some shells. */
const wordOf = (value: string): string => (/^[~=]/.test(value) ? quote(value) : shellWord(value));

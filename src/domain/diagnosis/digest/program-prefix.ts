/** `[api] `, `[0] ` (concurrently), `web:dev: ` (turbo), `api-1  | ` (docker compose). */
const PREFIX =
  /^(?:\[(?=\d{1,2}\]|[^\]]*[a-z])(?!(?:[Ee]rr(?:or)?|[Ff]atal|[Ww]arn(?:ing)?|[Ii]nfo|[Dd]ebug|[Tt]race)\])[\w@.:/-]{1,40}\]|[\w@./-]{1,40}[:#][A-Za-z][\w:.-]{0,40}:|(?!\d+ )[\w.-]{1,40} +\|)(?: |$)/;

/** The name of the program before a line, if a command runs several and tells their lines apart; "" if there is none. */
export const programPrefix = (line: string): string => PREFIX.exec(line)?.[0].trimEnd() ?? "";

/** Maximum length of a session's name. */
const LONGEST = 64;

/** Number of hexadecimal digits that distinguish names which had to be cut. */
const DIGITS = 6;

/** The SHA-1 of the path of a worktree's git directory, in hexadecimal. */
type Digest = () => string;

/**
 * git's id of a worktree as part of a session's name: in lower case, other characters as `-`. An id without any usable
 * character becomes digits of the digest.
 */
export function worktreeSlug(id: string, digest: Digest): string {
  const slug = id
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return slug || digest().slice(0, DIGITS);
}

/** The session of a config called `name` in the linked worktree with this slug: `NAME-SLUG`, cut where it is too long. */
export function worktreeSession(name: string, slug: string, digest: Digest): string {
  const session = `${name}-${slug}`;
  if (session.length <= LONGEST) return session;
  return `${session.slice(0, LONGEST - DIGITS - 1)}-${digest().slice(0, DIGITS)}`;
}

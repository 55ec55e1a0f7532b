import { join } from "node:path";
import { readText, replaceFile } from "../system/files.ts";
import { makePrivateDirectory } from "../system/paths.ts";

/**
 * The secret of a session, random and readable by this user only: with it, values are kept as hashes from which they can't
 * be guessed.
 */
export class SessionSecret {
  readonly #key: string;
  /** Known hashes, by value: tasks share variables. */
  readonly #hashes = new Map<string, string>();

  private constructor(key: string) {
    this.#key = key;
  }

  /** The secret in a run directory; null if there is none. */
  static read(directory: string): SessionSecret | null {
    const key = readText(pathIn(directory))?.trim() ?? "";
    return /^[0-9a-f]{64}$/.test(key) ? new SessionSecret(key) : null;
  }

  /** The secret in a run directory, made if there is none; the session's lock must be held. Throws if it can't be written. */
  static make(directory: string): SessionSecret {
    const known = SessionSecret.read(directory);
    if (known !== null) return known;
    const key = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex");
    makePrivateDirectory(directory);
    replaceFile(pathIn(directory), `${key}\n`);
    return new SessionSecret(key);
  }

  /** Identifies the secret, without telling it. */
  get id(): string {
    return this.hash("");
  }

  /** 64 bits as hex. BLAKE2 needs no HMAC: a hash of the key and the value is a MAC. */
  hash(value: string): string {
    const known = this.#hashes.get(value);
    if (known !== undefined) return known;
    const hash = this.#hashOf(value);
    if (this.#hashes.size >= MOST_KNOWN) this.#hashes.clear();
    this.#hashes.set(value, hash);
    return hash;
  }

  #hashOf(value: string): string {
    return new Bun.CryptoHasher("blake2b256")
      .update(this.#key)
      .update(value)
      .digest("hex")
      .slice(0, 16);
  }
}

/** Number of hashes that are kept in memory: a daemon runs for weeks. */
const MOST_KNOWN = 1000;

const pathIn = (directory: string): string => join(directory, "secret");

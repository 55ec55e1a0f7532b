const NAMED = [
  ..."Enter Escape Space Tab BTab BSpace Up Down Left Right Home End IC DC Insert Delete".split(
    " ",
  ),
  ..."NPage PPage PageDown PageUp PgDn PgUp".split(" "),
  ...Array.from({ length: 12 }, (_, index) => `F${index + 1}`),
];

const BY_LOWER_CASE = new Map(NAMED.map((name) => [name.toLowerCase(), name]));

/**
 * A key in tmux's notation, like `C-c`, `M-x`, `S-Up`, `Enter` or a single character; null for anything else, which tmux
 * would type as text.
 */
export function tmuxKey(text: string): string | null {
  const [, modifiers = "", key = ""] = /^((?:[CMS]-)*)(.+)$/su.exec(text) ?? [];
  const isCharacter = /^[^\p{C}\p{Z}]$/u.test(key);
  const named = isCharacter ? key : BY_LOWER_CASE.get(key.toLowerCase());
  return named === undefined ? null : `${modifiers}${named}`;
}

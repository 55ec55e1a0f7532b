/** Quotes any text as one word of a POSIX shell. */
export const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** A text as one word of a POSIX shell, quoted only if needed. */
export const shellWord = (text: string): string =>
  /^[\w.:/@=,+-]+$/.test(text) ? text : quote(text);

/** Words that mean something else to a shell at the beginning of a command. */
const RESERVED = new Set(
  "if then elif else fi for while until do done case esac in select function time coproc".split(
    " ",
  ),
);

/** A command of exactly these words: whatever is in them, a shell reads each as it is. */
export const commandOfWords = ([first = "", ...rest]: readonly string[]): string => {
  const isSpecial = first.includes("=") || RESERVED.has(first);
  return [isSpecial ? quote(first) : shellWord(first), ...rest.map(shellWord)].join(" ");
};

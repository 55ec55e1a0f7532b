/** The offset after the string that begins here, or the same offset if none does. */
export function stringEnd(text: string, at: number): number {
  const quote = text[at];
  if (quote !== '"' && quote !== "'") return at;
  const isLong = text.startsWith(quote.repeat(3), at);
  const close = isLong ? quote.repeat(3) : quote;
  let end = at + close.length;
  while (end < text.length && !text.startsWith(close, end)) {
    end += quote === '"' && text[end] === "\\" ? 2 : 1;
  }
  end += close.length;
  // A multi-line string may end with one or two quotes of its own.
  for (let own = 0; isLong && own < 2 && text[end] === quote; own++) end++;
  return end;
}

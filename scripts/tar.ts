const BLOCK = 512;

/**
 * A tar archive (ustar) of one executable file. Nothing in it tells of the machine or the time it was made: the same
 * bytes give the same archive.
 */
export function tarOf(name: string, content: Uint8Array): Buffer {
  const padding = (BLOCK - (content.length % BLOCK)) % BLOCK;
  // Two empty blocks are its end.
  const rest = Buffer.alloc(padding + 2 * BLOCK);
  return Buffer.concat([header(name, content.length), content, rest]);
}

function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number) =>
    block.write(value.toString(8).padStart(digits, "0"), at);
  block.write(name, 0);
  octal(0o755, 100, 7);
  octal(0, 108, 7); // the owner and the group: root
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(0, 136, 11); // the time
  block.write("0", 156); // a plain file
  block.write("ustar\x0000", 257);
  // The sum of the block, with blanks where it is going to stand.
  block.fill(" ", 148, 156);
  octal(
    block.reduce((sum, byte) => sum + byte),
    148,
    6,
  );
  block.write("\0 ", 154);
  return block;
}

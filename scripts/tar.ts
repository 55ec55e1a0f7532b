const BLOCK = 512;

/** A file in an archive. */
export interface TarFile {
  name: string;
  content: Uint8Array;
  mode: number;
}

/**
 * A tar archive (ustar). Nothing in it tells of the machine or the time it was made: the same files give the same archive.
 */
export function tarOf(files: readonly TarFile[]): Buffer {
  // Two empty blocks are its end.
  return Buffer.concat([...files.flatMap(partsOf), Buffer.alloc(2 * BLOCK)]);
}

function partsOf(file: TarFile): Uint8Array[] {
  const padding = (BLOCK - (file.content.length % BLOCK)) % BLOCK;
  return [header(file), file.content, Buffer.alloc(padding)];
}

function header({ name, content, mode }: TarFile): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number) =>
    block.write(value.toString(8).padStart(digits, "0"), at);
  block.write(name, 0);
  octal(mode, 100, 7);
  octal(0, 108, 7); // the owner and the group: root
  octal(0, 116, 7);
  octal(content.length, 124, 11);
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

import { handshake } from "./api.ts";

/** A WebSocket client that writes given bytes, and ignores what it receives. */
export interface RawSocket {
  /** False once the connection is closed. */
  write(bytes: Uint8Array): boolean;
  isOpen(): boolean;
  /** Stops reading: what comes stays with the server. */
  pause(): void;
  resume(): void;
  /** Bytes that have come. */
  received(): number;
  end(): void;
  closed: Promise<void>;
}

/** Returns once the server has agreed to the handshake; throws where it hasn't. */
export async function rawSocket(
  port: number,
  onData?: (bytes: Buffer) => void,
): Promise<RawSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  let [isOpen, received] = [true, 0];
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data: (_, bytes) => {
        if (received === 0 && !bytes.toString("latin1").startsWith("HTTP/1.1 101")) {
          reject(new Error(`No handshake: ${bytes.toString("latin1").slice(0, 100)}`));
        }
        if (received > 0) onData?.(bytes);
        received += bytes.length;
        resolve();
      },
      close: () => {
        isOpen = false;
        gone.resolve();
        reject(new Error("Closed before the handshake"));
      },
    },
  });
  socket.write(`${handshake(port).join("\r\n")}\r\n\r\n`);
  await promise;
  return {
    write: (bytes) => isOpen && socket.write(bytes) >= 0,
    isOpen: () => isOpen,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    received: () => received,
    end: () => void socket.end(),
    closed: gone.promise,
  };
}

export const TEXT = 1;
export const CONTINUATION = 0;

/** A masked frame (with a mask of zeros); `length` may say something else than the payload has. */
export function frame(
  payload: Uint8Array,
  { opcode = TEXT, isFinal = true, length = payload.length } = {},
): Buffer {
  const head = Buffer.alloc(14);
  head[0] = (isFinal ? 0x80 : 0) | opcode;
  let at = 2;
  if (length < 126) head[1] = 0x80 | length;
  else if (length < 65_536) {
    head[1] = 0x80 | 126;
    at = head.writeUInt16BE(length, 2);
  } else {
    head[1] = 0x80 | 127;
    at = head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head.subarray(0, at + 4), payload]);
}

export interface TcpAddress {
  host: string;
  port: number;
}

/** Parses `PORT`, `HOST:PORT` or `[IPV6]:PORT`; null if invalid. The default host is `localhost`. */
export function parseTcpAddress(text: string): TcpAddress | null {
  const match = /^(?:(?:\[([^[\]\s]+)\]|([^[\]:\s/]+)):)?(\d{1,5})$/.exec(text.trim());
  if (match === null) return null;
  const port = Number(match[3]);
  return port >= 1 && port <= 65535 ? { host: match[1] ?? match[2] ?? "localhost", port } : null;
}

import { closeSync } from "node:fs";
import { bindSocket, openSocket, reuseAddress } from "../system/libc.ts";

/** The addresses on which a server may listen: any, and this machine only, in IPv4 and IPv6. */
const ADDRESSES = ["0.0.0.0", "127.0.0.1", "::", "::1"] as const;

/** Binding to it fails where IPv6 is turned off. */
const LOOPBACK_6 = "::1";

/**
 * Whether a server can listen on a port: nobody else does, on any address, and this user may. The port is bound and released
 * at once, without listening, so no client ever connects here.
 */
export function canBind(port: number): boolean {
  const addresses = ADDRESSES.filter((address) => !address.includes(":") || hasIpv6());
  return addresses.every((address) => binds(address, port));
}

let ipv6: boolean | undefined;
const hasIpv6 = (): boolean => (ipv6 ??= binds(LOOPBACK_6, 0));

/** As servers do it: a port whose last connections are closing counts as free. */
function binds(address: string, port: number): boolean {
  const socket = openSocket(address);
  if (socket === null) return false;
  try {
    return reuseAddress(socket) && bindSocket(socket, address, port);
  } finally {
    closeSync(socket);
  }
}

/** A page that may only run its own inline scripts and styles. */
export interface ServedPage {
  html: string;
  /** The sources of its Content-Security-Policy, without the address that it may connect to. */
  policy: string;
}

/** Computes the hashes of the inline scripts and styles of a page. */
export function pageOf(html: string): ServedPage {
  const policy = [
    "default-src 'none'",
    `script-src ${hashesOf(html, "script")}`,
    `style-src ${hashesOf(html, "style")}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return { html, policy };
}

function hashesOf(html: string, tag: "script" | "style"): string {
  const elements = html.matchAll(new RegExp(`<${tag}(?:\\s[^>]*)?>(.*?)</${tag}>`, "gs"));
  const hashes = Array.from(elements, ([, content = ""]) => `'sha256-${sha256(content)}'`);
  return hashes.length === 0 ? "'none'" : hashes.join(" ");
}

const sha256 = (text: string): string =>
  new Bun.CryptoHasher("sha256").update(text).digest("base64");

/** Responses must not be read by other pages, nor cached. */
export const STRICT_HEADERS = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
};

/** Serves the page. `host` is the requested address: for Safari, 'self' doesn't cover WebSockets. */
export function servePage({ html, policy }: ServedPage, host: string): Response {
  const own = /^[\w.:[\]-]+$/.test(host) ? ` ws://${host}` : "";
  const headers = {
    ...STRICT_HEADERS,
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": `${policy}; connect-src 'self'${own}`,
  };
  return new Response(html, { headers });
}

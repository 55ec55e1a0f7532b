/** A page that is served as it is: its inline scripts and styles run, and nothing else does. */
export interface Page {
  html: string;
  /** The sources of its Content-Security-Policy, less the address that it may call. */
  policy: string;
}

/** Hashes the scripts and styles that stand in a page. */
export function pageOf(html: string): Page {
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

/** Nothing that is served is for another page's eyes, or for a cache. */
export const STRICT_HEADERS = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
};

/** The page; `host` is the address that it was asked for at: Safari doesn't count a WebSocket there as 'self'. */
export function servePage({ html, policy }: Page, host: string): Response {
  const own = /^[\w.:[\]-]+$/.test(host) ? ` ws://${host}` : "";
  const headers = {
    ...STRICT_HEADERS,
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": `${policy}; connect-src 'self'${own}`,
  };
  return new Response(html, { headers });
}

import html from "./page.generated.html" with { type: "text" };

/** The daemon's page as text. (Bun's types know an HTML file only as a route of its own server.) */
export const page = html as unknown as string;

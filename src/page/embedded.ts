import html from "./page.generated.html" with { type: "text" };

/** The daemon's page, whole. (The types of Bun know an HTML file only as what its own server serves.) */
export const page = html as unknown as string;

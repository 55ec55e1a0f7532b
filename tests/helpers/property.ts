import * as fc from "fast-check";

// The same random input on every machine and in every run: a failure can be repeated. FUZZ_SEED tries another one.
fc.configureGlobal({ seed: Number(process.env["FUZZ_SEED"] ?? 1) });

export { fc };

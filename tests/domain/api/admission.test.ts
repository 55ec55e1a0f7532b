import { expect, test } from "bun:test";
import { boundsFor } from "../../../src/domain/api/admission.ts";

test.each([
  [1_048_576, { strangers: 320, requests: 320, clients: 256 }],
  [4096, { strangers: 320, requests: 320, clients: 256 }],
  [1024, { strangers: 80, requests: 80, clients: 64 }],
  [256, { strangers: 20, requests: 20, clients: 16 }],
  [16, { strangers: 1, requests: 1, clients: 1 }],
])("of %d descriptors", (limit, bounds) => expect(boundsFor(limit)).toEqual(bounds));

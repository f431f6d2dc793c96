/** Begins a release that the test kills: `node killed-mover.ts JOURNAL DIGEST NAME…`. */
import { registryClient } from '../helpers/registry-client.ts';
import { mover, placeOf } from './fixture.ts';

const [journal, digest, ...names] = process.argv.slice(2);
const client = registryClient({ http: { timeoutMs: 60_000 } as object });
await mover(
  names.map((name) => placeOf(client, name)),
  journal!,
).release(digest as never);

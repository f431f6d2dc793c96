import { resolve } from 'node:path';
import { Containerize } from '../../pipeline/api.ts';
import { smokeGate } from '../../pipeline/release/smoke-gate.ts';
import { testGate } from '../../pipeline/release/test-gate.ts';
import type { Engine } from '../../pipeline/wire.ts';
import type { Gate } from '../../release/gates.ts';
import { testSpec } from '../../testing/spec.ts';
import type { CommandContext } from '../command.ts';

/** What has to hold of the image before a channel moves to it. */
export function gatesOf(
  { smoke, checks = [] }: { smoke: readonly string[]; checks?: readonly string[] },
  engine: Engine,
  { cwd, env, signal }: CommandContext,
): Gate[] {
  const containerize = new Containerize(engine);
  const tests = checks.map((file) => testSpec({ checks: resolve(cwd, file), name: file }));
  return [
    ...(tests.length === 0 ? [] : [testGate(containerize, { name: 'image checks', tests, folder: cwd, env, signal })]),
    ...smoke.map((command) => smokeGate(containerize, command)),
  ];
}

import { expect, test } from '@jest/globals';
import type { Digest } from '../../src/oci/digest.ts';
import type { Deployment } from '../../src/release/deployments.ts';
import { withDeployments } from '../../src/release/noted-history.ts';
import type { ReleaseEvent } from '../../src/release/shadow-tag.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}` as Digest;
const at = (minutes: number, seconds = 0) => new Date(Date.UTC(2026, 0, 1, 0, minutes, seconds));
const entry = (minutes: number, event: ReleaseEvent, letter: string) => ({
  time: at(minutes, 30),
  event,
  digest: digest(letter),
  tag: `production.${minutes}`,
  channel: 'production',
});
const deployment = (
  id: number,
  minutes: number,
  task: string,
  letter: string,
  image = 'ghcr.io/o/app',
): Deployment => ({
  id,
  time: at(minutes),
  task,
  payload: { digest: digest(letter), image },
  state: 'success',
});

test('each deployment stands beside the event that it became; others have their own line', () => {
  const entries = [
    entry(0, 'release', 'a'),
    entry(5, 'release', 'b'),
    entry(9, 'rollback-open', 'a'),
    entry(20, 'release', 'a'),
  ];
  const noted = withDeployments(
    entries,
    [
      deployment(4, 19, 'deploy', 'a'),
      deployment(3, 9, 'rollback', 'a'),
      deployment(2, 5, 'deploy', 'b'),
      // failed, so that no tag ever named it
      deployment(5, 7, 'deploy', 'c'),
      // of another image of the same environment
      deployment(6, 8, 'deploy', 'd', 'ghcr.io/o/other'),
      // by another tool, long before
      deployment(1, -90, 'deploy', 'a'),
    ],
    'ghcr.io/o/app',
  );
  expect(noted.map(({ tag, event, deployment: d }) => [tag, event, d?.id])).toEqual([
    [undefined, 'deploy', 1],
    ['production.0', 'release', undefined],
    ['production.5', 'release', 2],
    [undefined, 'deploy', 5],
    ['production.9', 'rollback-open', 3],
    ['production.20', 'release', 4],
  ]);
});

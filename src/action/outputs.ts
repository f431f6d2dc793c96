import { appendFile } from 'node:fs/promises';
import type { Digest } from '../oci/digest.ts';

/** What later steps may read. Absent values are not set. */
export interface ActionOutputs {
  digest?: string;
  imageid?: string;
  metadata?: unknown;
  tags?: readonly string[];
  version?: string;
  labels?: Readonly<Record<string, string>>;
  json?: unknown;
  images?: Readonly<Record<string, string>>;
  testReport?: string;
  cacheHit?: boolean;
  changed?: boolean;
  fromDigest?: string;
  toDigest?: string;
  undoCommand?: string;
  matrix?: unknown;
}

/** Names and texts of the outputs, as `$GITHUB_OUTPUT` takes them. */
export function outputTexts(outputs: ActionOutputs): [name: string, value: string][] {
  const json = (value: unknown): string | undefined => (value === undefined ? undefined : JSON.stringify(value));
  const all: [string, string | undefined][] = [
    ['digest', outputs.digest],
    ['imageid', outputs.imageid],
    ['metadata', json(outputs.metadata)],
    ['tags', outputs.tags?.join('\n')],
    ['version', outputs.version],
    [
      'labels',
      outputs.labels &&
        Object.entries(outputs.labels)
          .map(([k, v]) => `${k}=${v}`)
          .join('\n'),
    ],
    ['json', json(outputs.json)],
    ['images', json(outputs.images)],
    ['test-report', outputs.testReport],
    ['cache-hit', outputs.cacheHit === undefined ? undefined : String(outputs.cacheHit)],
    ['changed', outputs.changed === undefined ? undefined : String(outputs.changed)],
    ['from-digest', outputs.fromDigest],
    ['to-digest', outputs.toDigest],
    ['undo-command', outputs.undoCommand],
    ['matrix', json(outputs.matrix)],
  ];
  return all.filter((entry): entry is [string, string] => entry[1] !== undefined);
}

/** Runner's limits of `$GITHUB_ARTIFACTS`. */
const MOST_SUBJECTS = 500;

/**
 * Names what was pushed to the runner, so that a later actions/attest needs no inputs. `file` is `$GITHUB_ARTIFACTS`,
 * which only newer runners offer.
 */
export async function noteArtifacts(
  file: string,
  pushed: readonly { repository: string; digest: Digest | string }[],
): Promise<void> {
  const lines = [...new Set(pushed.map(({ repository, digest }) => `${repository}@${digest}`))]
    .filter((line) => /^[^\s=#][^\s=]*@sha256:[0-9a-f]{64}$/.test(line))
    .slice(0, MOST_SUBJECTS);
  if (lines.length > 0) await appendFile(file, `${lines.join('\n')}\n`);
}

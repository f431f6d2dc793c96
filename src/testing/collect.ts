import { posix } from 'node:path';
import type { Container } from '../container/container.ts';
import { readOnlyView } from '../container/root.ts';
import type { Root } from '../layer/root-records.ts';
import { Tree } from '../layer/tree.ts';
import type { OverlayMount } from '../runtime/overlay.ts';
import { type OutputFolder, placeIn } from './output-folder.ts';
import { type ReportSpec, reportPattern } from './spec.ts';

export interface Collected {
  /** Paths from the output folder. */
  files: string[];
  /** Bytes of each. */
  sizes: Map<string, number>;
  /** What was asked for and is not there; `missing` the required ones. */
  warnings: string[];
  missing: string[];
  /** Why they could not be copied, all or some of them: a full disk. */
  problem?: string;
}

/** What one test may leave: more is a mistake in a pattern, or an attack on the runner's disk. */
const MOST_FILES = 10_000;
const MOST_BYTES = 2 * 1024 ** 3;

/**
 * Copies reports out of a container that has ended, however it ended. Only regular files that the test itself wrote are
 * taken: a report of an earlier run that lies in the image would lie. Links are looked through inside the container and
 * never copied, so nothing outside of it can be reached; files become the caller's, without set-id bits and attributes.
 */
export async function collectReports(
  container: Container,
  reports: readonly ReportSpec[],
  workingDir: string,
  output: OutputFolder,
  folder: string,
): Promise<Collected> {
  const result: Collected = { files: [], sizes: new Map(), warnings: [], missing: [] };
  const { services, record } = container;
  const snapshot = await services.snapshots.open(record.id);
  if (snapshot === undefined) return result;
  const chosen = new Map<string, { root: Root; path: string; size: number }>();
  for (const report of reports) {
    const { folder: inside, matches } = reportPattern(report.path, workingDir);
    const found = await filesBelow(container, snapshot.overlay, inside, matches);
    for (const file of found.files) chosen.set(file.name, file);
    if (found.files.length > 0) continue;
    const why = found.inImage ? 'is in the image, and the test has not written it' : 'was not found in the container';
    (report.required ? result.missing : result.warnings).push(`report ${report.path} ${why}`);
  }
  const wanted = [...chosen].sort(([a], [b]) => (a < b ? -1 : 1));
  const bytes = wanted.reduce((sum, [, { size }]) => sum + size, 0);
  if (wanted.length > MOST_FILES || bytes > MOST_BYTES) {
    result.missing.push(
      `its report paths name ${wanted.length} files with ${bytes} bytes: at most ${MOST_FILES} files and ${MOST_BYTES} bytes are copied`,
    );
    return result;
  }
  const byRoot = Map.groupBy(wanted, ([, { root }]) => root);
  for (const [root, files] of byRoot) {
    const outside = new Tree(services.helper, output.anchor, {
      sources: { container: root },
      rootless: services.rootless,
    });
    const folders = new Set(files.map(([name]) => posix.join(folder, posix.dirname(name))));
    const done: Promise<unknown>[] = [...folders].map((path) =>
      outside.mkdir(placeIn(output, path), { mode: 0o755, ...output.owner }),
    );
    for (const [name, { path, size }] of files) {
      const options = { mode: 0o644, ...output.owner, noXattrs: true, replace: true };
      done.push(outside.copyIn('container', path, placeIn(output, posix.join(folder, name)), options));
      result.files.push(posix.join(folder, name));
      result.sizes.set(posix.join(folder, name), size);
    }
    await Promise.all(done);
  }
  return result;
}

interface Found {
  files: { name: string; root: Root; path: string; size: number }[];
  /** Something fits, but it is the image's own. */
  inImage: boolean;
}

/** Files that fit, by their path in the container without its first slash. */
async function filesBelow(
  { services, record }: Container,
  overlay: OverlayMount,
  folder: string,
  matches: (path: string) => boolean,
): Promise<Found> {
  const { helper } = services;
  const mount = record.mounts
    .filter(({ destination }) => folder === destination || folder.startsWith(`${destination}/`))
    .sort((a, b) => b.destination.length - a.destination.length)[0];
  if (mount?.type === 'tmpfs') return { files: [], inImage: false };
  const [whole, start] =
    mount === undefined
      ? [readOnlyView(overlay), folder]
      : [mount.source, folder.slice(mount.destination.length) || '/'];
  const there = await new Tree(helper, whole).stat(start);
  if (there === undefined) return { files: [], inImage: false };
  // a volume has no image below it; in the root itself, what the test wrote is in the container's own layer
  const root: Root = mount === undefined ? overlay.upper : mount.source;
  const tree = new Tree(helper, root);
  const begin = `/${there.path}`;
  const files: Found['files'] = [];
  if ((await tree.stat(begin, { noFollow: true })) !== undefined) {
    await tree.walk(begin, { noFollow: true }, (entry) => {
      const name = posix.join(folder, entry.path).slice(1);
      if (entry.type === 'file' && matches(name))
        files.push({ name, root, path: posix.join(begin, entry.path), size: entry.size });
    });
  }
  return { files, inImage: files.length === 0 && there.type === 'file' };
}

import { lstat, realpath, stat } from 'node:fs/promises';
import { basename, dirname, posix, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { codeOf } from '../errors.ts';
import { unpackTar } from '../layer/apply.ts';
import { packRoot } from '../layer/diff.ts';
import type { Root } from '../layer/root-records.ts';
import { Tree } from '../layer/tree.ts';
import { ContainerError } from './container-error.ts';
import { currentState } from './reconcile.ts';
import type { ContainerRecord } from './record.ts';
import { layersOf } from './root.ts';
import type { ContainerServices } from './services.ts';

export interface CopyFilesOptions {
  /** Keep owners; else they become the caller's outside, and root's inside. */
  archive?: boolean;
  /** Copy what a link points to, when the source itself is one. */
  followLink?: boolean;
  /** Who gets what is written outside. */
  owner: { uid: number; gid: number };
}

/** Where a path of a container is: a root to resolve in, and the path there. A stopped container's volumes are found too. */
export async function locate(
  services: ContainerServices,
  record: ContainerRecord,
  path: string,
): Promise<{ root: Root; path: string; readOnly: boolean }> {
  const state = await currentState(services.store, record.id);
  const inside = posix.resolve('/', path);
  if (state.status === 'running' && state.process !== undefined) {
    return { root: `/proc/${state.process.pid}/root`, path: inside, readOnly: false };
  }
  const mount = record.mounts
    .filter((m) => m.type !== 'tmpfs' && (inside === m.destination || inside.startsWith(`${m.destination}/`)))
    .sort((a, b) => b.destination.length - a.destination.length)[0];
  if (mount !== undefined && (await isFolder(mount.source))) {
    return { root: mount.source, path: inside.slice(mount.destination.length) || '/', readOnly: mount.readOnly };
  }
  return { root: await layersOf(services, record), path: inside, readOnly: record.options.readOnly ?? false };
}

/** `cp CONTAINER:SOURCE DESTINATION`. */
export async function copyOut(
  services: ContainerServices,
  record: ContainerRecord,
  source: string,
  destination: string,
  options: CopyFilesOptions,
): Promise<void> {
  const place = await locate(services, record, source);
  const inside = new Tree(services.helper, place.root);
  const found = await inside.stat(place.path, { noFollow: !(options.followLink || source.endsWith('/')) });
  if (found === undefined) throw noSuch(`${record.name}:${source}`);
  const isDirectory = found.type === 'directory';
  const target = await outsideTarget(destination, {
    name: basename(posix.resolve('/', source)),
    isDirectory,
    contents: isContents(source),
  });
  const outside = new Tree(services.helper, target.folder, {
    sources: { container: place.root },
    rootless: services.rootless,
  });
  const from = target.contents || !isDirectory ? place.path : `/${found.path}`;
  await outside.copyIn('container', from, target.contents ? `/${target.name}` : target.name, {
    ...(options.archive ? {} : options.owner),
    ...(options.followLink ? { follow: true } : {}),
    ...(target.contents ? { contents: true } : {}),
    keepFolders: true,
  });
}

/** `cp CONTAINER:SOURCE -`: a tar with the file or folder under its own name. */
export async function copyOutTar(
  services: ContainerServices,
  record: ContainerRecord,
  source: string,
  options: { followLink?: boolean; signal?: AbortSignal },
): Promise<Readable> {
  const place = await locate(services, record, source);
  const found = await new Tree(services.helper, place.root).stat(place.path, { noFollow: !options.followLink });
  if (found === undefined) throw noSuch(`${record.name}:${source}`);
  const name = isContents(source) ? '' : basename(posix.resolve('/', source));
  return packRoot({
    helper: services.helper,
    root: place.root,
    subtree: { path: place.path, name, ...(options.followLink ? { follow: true } : {}) },
    rootless: services.rootless,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}

/** `cp - CONTAINER:FOLDER`: unpacks a tar, compressed or not. */
export async function copyIntoTar(
  services: ContainerServices,
  record: ContainerRecord,
  tar: Readable,
  destination: string,
  signal?: AbortSignal,
): Promise<void> {
  const place = await locate(services, record, destination);
  const found = await new Tree(services.helper, place.root).stat(place.path);
  if (found?.type !== 'directory') {
    throw new ContainerError(
      'no-such-path',
      `${record.name}:${destination} is not a folder: a tar needs one to be unpacked in`,
    );
  }
  if (place.readOnly) throw new ContainerError('copy-failed', `${record.name}:${destination} is read-only`);
  await unpackTar(
    {
      helper: services.helper,
      mode: 'archive',
      target: place.root,
      into: `/${found.path}`,
      rootless: services.rootless,
      ...(signal === undefined ? {} : { signal }),
    },
    tar,
  );
}

/** `cp SOURCE CONTAINER:DESTINATION`. */
export async function copyInto(
  services: ContainerServices,
  record: ContainerRecord,
  source: string,
  destination: string,
  options: CopyFilesOptions,
): Promise<void> {
  const host = await hostSource(source, options.followLink ?? false);
  const place = await locate(services, record, destination);
  if (place.readOnly) throw new ContainerError('copy-failed', `${record.name}:${destination} is read-only`);
  const tree = new Tree(services.helper, place.root, { sources: { host: host.folder }, rootless: services.rootless });
  const target = await insideTarget(tree, place.path, destination, { ...host, container: record.name });
  await tree.copyIn('host', host.name === '' ? '/' : `/${host.name}`, target.path, {
    ...(options.archive ? {} : { uid: 0, gid: 0 }),
    ...(target.contents ? { contents: true } : {}),
    keepFolders: true,
  });
}

async function hostSource(
  source: string,
  follow: boolean,
): Promise<{ folder: string; name: string; isDirectory: boolean; contents: boolean }> {
  const contents = isContents(source);
  let path = resolve(source);
  try {
    const found = await (follow || source.endsWith('/') || contents ? stat(path) : lstat(path));
    if (follow || source.endsWith('/') || contents) path = await realpath(path);
    const isDirectory = found.isDirectory();
    if (source.endsWith('/') && !isDirectory)
      throw new ContainerError('copy-failed', `${source}: expected a folder, found a file`);
    return path === '/'
      ? { folder: '/', name: '', isDirectory, contents }
      : { folder: dirname(path), name: basename(path), isDirectory, contents };
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') throw noSuch(source);
    throw error;
  }
}

/** Docker's rules for what a destination means, outside. */
async function outsideTarget(
  destination: string,
  source: { name: string; isDirectory: boolean; contents: boolean },
): Promise<{ folder: string; name: string; contents: boolean }> {
  const path = resolve(destination);
  const there = await statOf(path);
  if (there?.isDirectory()) {
    const folder = await realpath(path);
    return source.contents && source.isDirectory
      ? { folder, name: '', contents: true }
      : { folder, name: source.name || 'root', contents: false };
  }
  if (there !== undefined && source.isDirectory)
    throw new ContainerError('copy-failed', `cannot copy a folder over the file ${destination}`);
  if (there === undefined && destination.endsWith('/') && !source.isDirectory)
    throw new ContainerError('no-such-path', `the folder ${destination} is not there`);
  const parent = await realpath(dirname(path)).catch(() => undefined);
  if (parent === undefined) throw new ContainerError('no-such-path', `the folder ${dirname(path)} is not there`);
  return { folder: parent, name: basename(path), contents: false };
}

/** The same inside a container. */
async function insideTarget(
  tree: Tree,
  path: string,
  written: string,
  source: { name: string; isDirectory: boolean; contents: boolean; container: string },
): Promise<{ path: string; contents: boolean }> {
  const there = await tree.stat(path);
  const where = `${source.container}:${written}`;
  if (there?.type === 'directory') {
    const folder = `/${there.path}`;
    return source.contents
      ? { path: folder, contents: true }
      : { path: posix.join(folder, source.name || 'root'), contents: false };
  }
  if (there !== undefined && (source.isDirectory || written.endsWith('/')))
    throw new ContainerError('copy-failed', `${where} is not a folder`);
  if (there === undefined && written.endsWith('/') && !source.isDirectory)
    throw new ContainerError('no-such-path', `there is no folder ${where}`);
  const parent = await tree.stat(posix.dirname(path));
  if (parent?.type !== 'directory')
    throw new ContainerError('no-such-path', `there is no folder ${source.container}:${posix.dirname(path)}`);
  return {
    path: there === undefined ? posix.join('/', parent.path, posix.basename(path)) : `/${there.path}`,
    contents: false,
  };
}

/** `folder/.` means what is in it. */
function isContents(path: string): boolean {
  return path === '.' || path.endsWith('/.');
}

async function statOf(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await statOf(path))?.isDirectory() ?? false;
}

function noSuch(path: string): ContainerError {
  return new ContainerError('no-such-path', `there is no ${path}`);
}

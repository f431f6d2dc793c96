import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDigest } from '../../oci/digest.ts';
import { type KeyPart, stepKey } from '../cache-key.ts';
import { sniffArchive } from '../context/archive.ts';
import {
  type Download,
  type Downloaded,
  fetchFile,
  fileName,
  type Validators,
  withoutPassword,
} from '../context/download.ts';
import type { DownloadMemory } from '../context/download-memory.ts';
import type { CopyEntry, CopySource } from '../context/entry.ts';
import { CopyError } from '../context/error.ts';
import { ResultSource } from '../context/result-source.ts';
import type { Selected, SourceText } from '../context/select.ts';
import { unpackArchive } from '../context/unpack.ts';
import { withHistory } from '../history.ts';
import type { Op, StepContext } from '../vertex.ts';
import { Copy, type CopyStep, type Room } from './copy-step.ts';

export type { Download } from '../context/download.ts';

/** An ADD with everything expanded. Its source is always a folder. */
export interface AddStep extends CopyStep {
  kind: 'ADD';
  checksum?: SourceText;
  keepGitDir: boolean;
  /** Absent: archives of the context are unpacked, downloads are not. */
  unpack?: boolean;
}

/** How URLs are got, and what they gave the last time. */
interface AddTools {
  download: Download;
  memory: DownloadMemory | undefined;
}

/** The operation of an ADD: a COPY that unpacks archives and gets URLs. */
export function addOp(step: AddStep, download: Download, memory?: DownloadMemory): Op {
  const urls = step.sources.filter(({ text }) => /^https?:\/\//i.test(text));
  checkSources(step, urls);
  const local = new Copy(
    { ...step, sources: step.sources.filter((source) => !urls.includes(source)) },
    step.sources.length,
  );
  const downloads = new Downloads(urls, step, { download, memory });
  const parts = (base: string | undefined): KeyPart[] => [...local.parts(base), ['unpack', step.unpack]];
  return {
    kind: 'ADD',
    definitionKey: (inputs) => {
      const files = local.sourceIdentity(inputs);
      const known = downloads.identity();
      return files && known && stepKey('ADD', [...parts(inputs[0]), ...files, ...known]);
    },
    contentKey: async (inputs, context) => {
      const { digest, files } = await local.content(context, inputs);
      const got = await downloads.identified(context);
      const fetched = got.flatMap(({ name, digest: found }): KeyPart[] => [
        ['download', name],
        ['digest', found],
      ]);
      return stepKey('ADD', [...parts(inputs[0]?.key), ['files', digest], ...fetched], () => files);
    },
    execute: async (context) => {
      const snapshot = await context.prepare(local.independent ? undefined : context.inputs[0]);
      await addInto(await local.enter(snapshot.overlay, context), local, downloads, step);
      return context.commit(snapshot);
    },
    configure: (config, outcome) => withHistory(config, step.history, outcome),
  };
}

async function addInto(first: Room, copy: Copy, downloads: Downloads, step: AddStep): Promise<void> {
  const { context } = first;
  let room = first;
  let any = false;
  const place = async (source: CopySource, selected: Selected, path: string, unpack: boolean): Promise<void> => {
    // The one before may have made the destination.
    if (any) room = { ...room, destination: await copy.destination(room.tree, room.root) };
    any = true;
    if (unpack && (await sniffArchive(path, selected.text.text)) !== undefined)
      await unpackInto(path, selected, copy, room);
    else await copy.copy(source, [selected], room);
  };
  const source = copy.source(context, context.inputs);
  const root = await source.root();
  for (const selected of await copy.select(source)) {
    const path =
      typeof root === 'string' && selected.entry.type === 'file' ? join(root, selected.entry.path) : undefined;
    await place(source, selected, path ?? '', path !== undefined && step.unpack !== false);
  }
  for (const file of await downloads.all(context)) {
    const scratch = new ResultSource('the download', file.folder, context.services.helper);
    const entry = await scratch.find(file.name);
    const selected = { entry: { ...entry!, uid: 0, gid: 0 }, name: file.name, text: file.source };
    await place(scratch, selected, join(file.folder, file.name), step.unpack === true);
  }
  await copy.writeDocuments(room, any);
}

/** Unpacks beside the root first: what the archive holds is then copied as any tree is, into folders that may be there. */
async function unpackInto(path: string, selected: Selected, copy: Copy, room: Room): Promise<void> {
  const { services, signal, task } = room.context;
  const { text } = selected;
  const target = await room.context.scratch();
  const { helper, rootless = false } = services;
  await unpackArchive(createReadStream(path), { helper, rootless, target, text, signal, task });
  const entry: CopyEntry = { path: '', type: 'folder', mode: 0o755, uid: 0, gid: 0, size: 0 };
  await copy.copy(new ResultSource(text.text, target, services.helper), [{ entry, name: '', text }], room);
}

/** A download's file, and where it came from. */
type Got = Downloaded & { source: SourceText };

/** The URLs of one ADD: got once, for the key or for the copy, whichever comes first. */
class Downloads {
  readonly #urls: readonly SourceText[];
  readonly #step: AddStep;
  readonly #tools: AddTools;
  readonly #got = new Map<SourceText, Promise<Got>>();
  /** What the key says, where a server said that nothing changed. */
  readonly #said = new Map<SourceText, string>();

  constructor(urls: readonly SourceText[], step: AddStep, tools: AddTools) {
    this.#urls = urls;
    this.#step = step;
    this.#tools = tools;
  }

  /** What is downloaded, where a checksum tells it beforehand. */
  identity(): KeyPart[] | undefined {
    const { checksum } = this.#step;
    if (this.#urls.length === 0) return [];
    if (checksum === undefined) return undefined;
    return this.#urls.flatMap(({ text }): KeyPart[] => [
      ['download', fileName(text, undefined)],
      ['digest', checksum.text],
    ]);
  }

  /** What is downloaded, without downloading it where the server says that it is what it was. */
  identified(context: StepContext): Promise<{ name: string; digest: string }[]> {
    return Promise.all(
      this.#urls.map(async (source) => {
        const known = this.#got.has(source) ? undefined : await this.#tools.memory?.get(source.text);
        if (known === undefined) return this.#get(source, context);
        const fetched = this.#fetch(source, context, known);
        const got = await fetched;
        if (got === 'not-modified') {
          this.#said.set(source, known.digest);
          return known;
        }
        this.#got.set(source, fetched as Promise<Got>);
        return got;
      }),
    );
  }

  all(context: StepContext): Promise<Got[]> {
    return Promise.all(this.#urls.map((source) => this.#get(source, context)));
  }

  async #get(source: SourceText, context: StepContext): Promise<Got> {
    const done = await this.#got.get(source)?.catch(() => undefined);
    // The scratch folder of the step that made the key may be gone.
    if (done && existsSync(join(done.folder, done.name))) return done;
    const fetched = this.#fetch(source, context) as Promise<Got>;
    this.#got.set(source, fetched);
    const got = await fetched;
    const said = this.#said.get(source);
    if (said === undefined || said === got.digest) return got;
    throw new CopyError('download-failed', `${withoutPassword(source.text)} changed while it was used`, {
      location: source.location,
      hint: 'build again',
    });
  }

  async #fetch(source: SourceText, context: StepContext, validators?: Validators): Promise<Got | 'not-modified'> {
    const { signal, task } = context;
    const { download, memory } = this.#tools;
    const options = { folder: await context.scratch(), checksum: this.#step.checksum, signal, task, validators };
    const file = await fetchFile(source, download, options);
    if (file === 'not-modified') return file;
    await memory?.put({ url: source.text, name: file.name, digest: file.digest, ...file.validators });
    return { ...file, source };
  }
}

function checkSources(step: AddStep, urls: readonly SourceText[]): void {
  for (const { text, location } of step.sources) {
    if (!isGit(text)) continue;
    throw new CopyError('not-supported', `ADD of a git repository is not supported yet: ${text}`, {
      location,
      hint: 'clone it before the build and COPY it, or RUN git clone',
    });
  }
  const { checksum } = step;
  if (checksum === undefined) return;
  const { location } = checksum;
  if (urls.length === 0)
    throw new CopyError('bad-option', "checksum can't be specified for local sources", { location });
  if (step.sources.length > 1)
    throw new CopyError('bad-option', "checksum can't be specified for multiple sources", { location });
  if (!isDigest(checksum.text) || !checksum.text.startsWith('sha256:')) {
    throw new CopyError('bad-option', `invalid --checksum: expected sha256:<64 hex digits>, found "${checksum.text}"`, {
      location,
    });
  }
}

function isGit(text: string): boolean {
  return /^(git@[^:/]+:|(git|ssh|git\+ssh):\/\/)/.test(text) || /^https?:\/\/[^#?]+\.git($|[#?])/.test(text);
}

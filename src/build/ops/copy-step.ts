import { posix } from 'node:path';
import { type IgnoreMatcher, ignoreMatcher } from '../../dockerfile/ignore.ts';
import type { SourceLocation } from '../../errors.ts';
import { Tree } from '../../layer/tree.ts';
import type { HelperRecord } from '../../runtime/helper.ts';
import type { KeyPart } from '../cache-key.ts';
import { carryOut } from '../context/carry-out.ts';
import { type CopySource, EntryDigest } from '../context/entry.ts';
import { CopyError } from '../context/error.ts';
import { placed } from '../context/filter.ts';
import { type ModeChange, parseChmod } from '../context/mode.ts';
import { isNumericOwner, resolveOwner } from '../context/owner.ts';
import { type Destination, type Owner, type Planned, plan } from '../context/plan.ts';
import { ResultSource } from '../context/result-source.ts';
import { type Selected, type SourceText, select } from '../context/select.ts';
import type { Root, StepContext, StepResult } from '../vertex.ts';
import { destinationOf, findDestination, type WantedDestination } from './copy-destination.ts';

/** A COPY with everything expanded; ADD has some more (add.ts). */
export interface CopyStep {
  kind: 'COPY' | 'ADD';
  sources: readonly SourceText[];
  /** Expanded already. */
  heredocs: readonly { name: string; content: string }[];
  destination: SourceText;
  chown?: SourceText;
  chmod?: SourceText;
  link: boolean;
  parents: boolean;
  exclude: readonly SourceText[];
  /** For a relative destination. */
  workdir: string;
  /** A context, or an input of the step. */
  source: CopySource | { input: number; name: string };
  /** The line of history: `COPY a b # buildkit`. */
  history: string;
  location: SourceLocation;
}

/** Files named one by one in an explanation of a miss; of larger trees only the sum is told. */
const MOST_EXPLAINED = 5000;

/** What COPY and ADD share. */
export class Copy {
  readonly step: CopyStep;
  /** --link: the layer does not depend on what it is put on. */
  readonly independent: boolean;
  readonly #destination: WantedDestination;
  readonly #exclude: IgnoreMatcher;
  #selected: { source: CopySource; selected: Promise<Selected[]> } | undefined;

  /** `sources`: how many the instruction has, when some of them are not files of the source. */
  constructor(step: CopyStep, sources = step.sources.length) {
    this.step = step;
    // A name must be looked up in the image below, so the layer depends on it after all.
    this.independent = step.link && (step.chown === undefined || isNumericOwner(step.chown.text));
    this.#destination = destinationOf(step.destination.text, step.workdir);
    this.#exclude = ignoreMatcher(step.exclude.map(({ text, location }) => (location ? { text, location } : { text })));
    if (step.chmod) parseChmod(step.chmod.text, step.chmod.location);
    const many = sources + step.heredocs.length > 1;
    if (many && !this.#destination.mustBeFolder) {
      throw new CopyError(
        'bad-destination',
        `When using ${step.kind} with more than one source file, the destination must be a directory and end with a /`,
        { location: step.destination.location, hint: `write ${step.destination.text}/` },
      );
    }
  }

  /** What of the instruction goes into both keys. */
  parts(base: string | undefined): KeyPart[] {
    const { step } = this;
    return [
      ['base', this.independent ? undefined : base],
      ['destination', `${this.#destination.path}${this.#destination.mustBeFolder ? '/' : ''}`],
      ['chown', step.chown?.text],
      ['chmod', step.chmod?.text],
      ['link', this.independent],
      ['parents', step.parents],
      ...step.heredocs.flatMap(({ name, content }): KeyPart[] => [
        ['heredoc', name],
        ['content', content],
      ]),
    ];
  }

  /** What is read, as far as it is known without reading: the identity of a stage, or nothing at all. */
  sourceIdentity(inputs: readonly string[]): KeyPart[] | undefined {
    const { source, sources, exclude } = this.step;
    if (sources.length === 0) return [['files', 'none']];
    if (!('input' in source)) return undefined;
    return [
      ['from', inputs[source.input]],
      ...sources.map(({ text }): KeyPart => ['source', text]),
      ...exclude.map(({ text }): KeyPart => ['exclude', text]),
    ];
  }

  /** Digest of all that is copied: contents, modes, owners and the names that reach the destination, never where it was. */
  async content(
    context: Pick<StepContext, 'services'>,
    inputs: readonly StepResult[],
  ): Promise<{ digest: string; files: [string, string][] }> {
    const digest = new EntryDigest();
    const files: [string, string][] = [];
    const source = this.source(context, inputs);
    for (const selected of await this.select(source)) {
      const name = selected.kept ?? (selected.entry.type === 'folder' ? '' : selected.name);
      for (const { kept, entry } of selected.above ?? []) digest.add(entry, kept);
      digest.text(`${selected.entry.type} ${name}`);
      for await (const { entry, below } of placed(source, selected, this.#exclude, { digests: true })) {
        // The folder itself is not copied, only what is in it.
        if (below === '' && entry.type === 'folder' && !this.step.parents) continue;
        digest.add(entry, below);
        if (files.length <= MOST_EXPLAINED) files.push([`file:${entry.path}`, describe(entry)]);
      }
    }
    if (files.length > MOST_EXPLAINED) files.length = 0;
    return { digest: digest.hex(), files };
  }

  source(context: Pick<StepContext, 'services'>, inputs: readonly StepResult[]): CopySource {
    const { source } = this.step;
    if (!('input' in source)) return source;
    // One for both the key and the copy: it remembers what it looked up.
    if (this.#selected) return this.#selected.source;
    return new ResultSource(source.name, inputs[source.input]!, context.services.helper);
  }

  select(source: CopySource): Promise<Selected[]> {
    if (this.#selected?.source !== source) {
      const selected = select(source, this.step.sources, { parents: this.step.parents });
      selected.catch(() => {});
      this.#selected = { source, selected };
    }
    return this.#selected.selected;
  }

  /** Copies into a root: of the step's own snapshot, whose lower layers are the step's base. */
  async into(root: Root, context: StepContext): Promise<void> {
    const source = this.source(context, context.inputs);
    const selected = await this.select(source);
    if (selected.length === 0 && this.step.heredocs.length === 0) return;
    const room = await this.enter(root, context);
    await this.copy(source, selected, room);
    await this.writeDocuments(room, selected.length > 0);
  }

  /** Looks up what the copy needs to know of its root. */
  async enter(root: Root, context: StepContext): Promise<Room> {
    const { chown, chmod } = this.step;
    const tree = new Tree(context.services.helper, root, { signal: context.signal });
    return {
      root,
      context,
      tree,
      owner: chown && (await resolveOwner(chown, () => accounts(tree))),
      mode: chmod && parseChmod(chmod.text, chmod.location),
      destination: await this.destination(tree, root),
    };
  }

  async copy(source: CopySource, selected: readonly Selected[], room: Room): Promise<void> {
    if (selected.length === 0) return;
    const { parents } = this.step;
    this.#checkRoom(selected, room.destination);
    const { destination, owner, mode } = room;
    const { epoch } = room.context;
    const label = 'from';
    const operations = plan({
      source,
      label,
      selected,
      exclude: this.#exclude,
      destination,
      owner,
      mode,
      parents,
      epoch,
    });
    await carryOut(operations, { ...this.#target(room), source: { label, source } });
  }

  /** Writes the heredocs. `others`: something else was copied, so the destination is a folder. */
  async writeDocuments(room: Room, others: boolean): Promise<void> {
    if (this.step.heredocs.length === 0) return;
    const { destination } = room;
    const folder = destination.mustBeFolder || destination.found === 'folder' || others;
    await carryOut(this.#documents(room, folder), this.#target(room));
  }

  #target({ context, root }: Room) {
    const { helper, rootless } = context.services;
    return { helper, rootless, root, signal: context.signal, destination: this.step.destination };
  }

  /** The destination as it is in the root. */
  destination(tree: Tree, root: Root): Promise<Destination> {
    return findDestination(tree, root, this.#destination, this.step.destination, this.independent);
  }

  *#documents({ destination, owner, mode, context }: Room, folder: boolean): Generator<Planned> {
    const { uid, gid } = owner ?? { uid: 0, gid: 0 };
    const times = context.epoch === undefined ? [] : [context.epoch, 0];
    const into = folder ? destination.path : posix.dirname(destination.path);
    yield { record: ['mkdir', into, 0o755, uid, gid, ...times] };
    for (const { name, content } of this.step.heredocs) {
      const path = folder ? posix.join(into, name) : destination.path;
      const record: HelperRecord = [
        'write',
        path,
        mode?.(0o644, false) ?? 0o644,
        uid,
        gid,
        Buffer.from(content),
        ...times,
      ];
      yield { record };
    }
  }

  #checkRoom(selected: readonly Selected[], destination: Destination): void {
    const { step } = this;
    const files = selected.filter(({ entry }) => entry.type !== 'folder');
    if (files.length < 2 || destination.mustBeFolder || destination.found === 'folder' || step.parents) return;
    const { text } = files[0]!;
    throw new CopyError(
      'bad-destination',
      `${text.text} matches ${files.length} files, so the destination must be a directory and end with a /`,
      { location: step.destination.location, hint: `write ${step.destination.text}/` },
    );
  }
}

/** The root that a copy goes to, and what was looked up in it. */
export interface Room {
  root: Root;
  context: StepContext;
  tree: Tree;
  owner: Owner | undefined;
  mode: ModeChange | undefined;
  destination: Destination;
}

async function accounts(tree: Tree): Promise<{ passwd: string | undefined; group: string | undefined }> {
  const most = 8 * 1024 * 1024;
  const [passwd, group] = await Promise.all([
    tree.readIfThere('/etc/passwd', most),
    tree.readIfThere('/etc/group', most),
  ]);
  return { passwd: passwd?.toString('utf8'), group: group?.toString('utf8') };
}

function describe(entry: {
  type: string;
  digest?: string;
  link?: string;
  mode: number;
  uid: number;
  gid: number;
}): string {
  const what = entry.digest ?? (entry.link === undefined ? entry.type : `-> ${entry.link}`);
  return `${what} ${entry.mode.toString(8)} ${entry.uid}:${entry.gid}`;
}

import { randomUUID } from 'node:crypto';
import { copyGraph } from '../content/copy.ts';
import { codeOf } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import { silent } from '../progress.ts';
import type { ReleaseReport, TagMove } from '../reports.ts';
import { ChannelLock } from './channel-lock.ts';
import { proveComplete } from './completeness.ts';
import { ReleaseError } from './error.ts';
import { type Gate, schemaGate } from './gates.ts';
import { type ChannelState, channelState, readHistory } from './history.ts';
import { type ImageFacts, readImageFacts } from './image-facts.ts';
import { Journal } from './journal.ts';
import { lockOnThisMachine } from './local-lock.ts';
import { mounting } from './mounting.ts';
import type { Place, ReleaseRequest } from './request.ts';
import { checkChannel, shadowTag } from './shadow-tag.ts';
import { type Original, TagMover } from './tag-mover.ts';
import { compareSemver } from './tags/semver.ts';
import { resolveTarget } from './target.ts';

/**
 * Release, promote and rollback: one way to make a channel name a digest. Everything is resolved and proved before
 * anything moves; what was begun is finished or taken back, and the error says which.
 * @throws ReleaseError
 */
export async function moveChannel(request: ReleaseRequest): Promise<ReleaseReport> {
  return new ChannelMove(request).run();
}

class ChannelMove {
  readonly #request: ReleaseRequest;
  readonly #channel: string;
  readonly #first: Place;
  readonly #originals = new Map<string, Original>();
  readonly #journal: Journal;
  readonly #owner = randomUUID();
  /** Owner of the registry's locks in a run that was cut off on this machine. */
  #dead: string | undefined;

  constructor(request: ReleaseRequest) {
    this.#request = request;
    this.#channel = checkChannel(request.channel);
    this.#first = request.places[0]!;
    const names = request.places.map((place) => place.name);
    this.#journal = new Journal(request.journal, this.#channel, names);
  }

  async run(): Promise<ReleaseReport> {
    const { journal, dryRun, places } = this.#request;
    if (dryRun) return this.#run();
    const names = places.map((place) => place.name);
    const lock = await lockOnThisMachine(journal, this.#channel, names);
    try {
      return await this.#run();
    } finally {
      await lock.release();
    }
  }

  async #run(): Promise<ReleaseReport> {
    const { signal, expectCurrent } = this.#request;
    const before = await this.#currents();
    const resumed = await this.#resumable(before);
    const current = resumed?.from ?? this.#agreed(before);
    if (expectCurrent !== undefined && current !== expectCurrent) {
      throw new ReleaseError(
        'unexpected-current',
        `${this.#first.name}:${this.#channel} names ${current ?? 'nothing'}, expected ${expectCurrent}`,
        { hint: 'somebody moved it since you looked; nothing was done' },
      );
    }
    const state = channelState(await readHistory(this.#first.repository, this.#channel, signal), current);
    const target = resumed?.target ?? (await this.#target(state));
    this.#refuseHeld(state, target, current);
    const report = await this.#plan(target, current, resumed?.moves);
    await this.#prepare(target, report);
    await this.#askGates(report, current);
    await this.#request.onPlan?.(report);
    if (this.#request.dryRun) return report;
    if (report.moves.every((move) => move.from === move.to)) return { ...report, changed: false, held: state.held };
    return this.#carryOut(report, target, current);
  }

  /** What the channel names in each place. */
  async #currents(): Promise<Map<string, Digest | undefined>> {
    const found = new Map<string, Digest | undefined>();
    for (const place of this.#request.places) found.set(place.name, await this.#digestOf(place, this.#channel));
    return found;
  }

  #agreed(before: ReadonlyMap<string, Digest | undefined>): Digest | undefined {
    const digests = new Set(before.values());
    if (digests.size > 1 && !this.#request.force) {
      const list = [...before]
        .map(([name, digest]) => `  ${name}:${this.#channel} → ${digest ?? 'nothing'}`)
        .join('\n');
      throw new ReleaseError('registries-disagree', `the registries do not agree what ${this.#channel} is:\n${list}`, {
        hint: 'make them agree, or choose what is to be there with --force',
      });
    }
    return before.get(this.#first.name);
  }

  /** A run that was cut off between two moves left its journal: it is taken up where it stopped. */
  async #resumable(
    before: ReadonlyMap<string, Digest | undefined>,
  ): Promise<{ from: Digest | undefined; target: Digest; moves: TagMove[] } | undefined> {
    const entry = await this.#journal.read();
    this.#dead = entry?.owner;
    if (entry === undefined || entry.action !== this.#request.action) return undefined;
    const own = entry.moves.filter((move) => move.tag === this.#channel);
    const fits = own.every(({ repository, from, to }) => [from, to].includes(before.get(repository)));
    const wanted = this.#request.source?.digest ?? this.#request.to;
    const same = wanted === entry.target || wanted === undefined || wanted.startsWith('previous');
    if (!fits || !same || own.length !== before.size) return undefined;
    // a run that stopped after its last move, or was taken back, has nothing to take up
    const moved = entry.moves.some((move) => move.state === 'moved' || move.state === 'not-undone');
    if (!moved) return undefined;
    this.#request.progress?.warn(`going on with the ${entry.action} that began at ${entry.began} and was cut off`);
    return { from: own[0]?.from as Digest | undefined, target: entry.target, moves: entry.moves };
  }

  async #target(state: ChannelState): Promise<Digest> {
    const { source, to, signal, places } = this.#request;
    if (source !== undefined) return source.digest;
    const digests = new Map<string, Digest>();
    for (const { name, repository } of places) {
      const history =
        name === this.#first.name
          ? state
          : channelState(
              await readHistory(repository, this.#channel, signal),
              await this.#digestOf({ name, repository }, this.#channel),
            );
      const resolve = repository.resolve.bind(repository);
      digests.set(name, await resolveTarget({ name, channel: this.#channel, state: history, resolve }, to!, signal));
    }
    if (new Set(digests.values()).size > 1) {
      const list = [...digests].map(([name, digest]) => `  ${name}: ${digest}`).join('\n');
      throw new ReleaseError('registries-disagree', `${to} is not the same image everywhere:\n${list}`, {
        hint: 'name a digest that all of them have',
      });
    }
    return digests.get(this.#first.name)!;
  }

  #refuseHeld(state: ChannelState, target: Digest, current: Digest | undefined): void {
    const { action, force } = this.#request;
    if (force || action === 'rollback' || target === current) return;
    if (state.held) {
      throw new ReleaseError('channel-held', `${this.#channel} is held since it was rolled back to ${current}`, {
        hint: `release with --force, or end the hold: containerize release --unhold ${this.#first.name} --channel ${this.#channel}`,
      });
    }
    if (state.given.has(target)) {
      throw new ReleaseError('channel-held', `${target} was rolled back from in ${this.#channel}`, {
        hint: 'release it with --force if it is good now',
      });
    }
  }

  async #plan(target: Digest, current: Digest | undefined, earlier?: readonly TagMove[]): Promise<ReleaseReport> {
    const { action, places, tags = [], signal } = this.#request;
    const source = this.#request.source?.place ?? this.#first;
    const [to, from] = await Promise.all([
      readImageFacts(source.repository, target, signal),
      current === undefined ? undefined : readImageFacts(this.#first.repository, current, signal),
    ]);
    this.#refuseOlder(this.#channel, from, to);
    const moves: TagMove[] = [];
    for (const tag of [...tags.filter((t) => t !== this.#channel), this.#channel])
      for (const place of places) {
        const known = earlier?.find((move) => move.repository === place.name && move.tag === tag);
        const digest = known === undefined ? await this.#digestOf(place, tag) : known.from;
        if (known === undefined && digest !== undefined && digest !== current && digest !== target)
          this.#refuseOlder(tag, await readImageFacts(place.repository, digest as Digest, signal), to);
        const state = known?.state === 'moved' ? 'moved' : digest === target ? 'unchanged' : 'planned';
        moves.push({
          repository: place.name,
          tag,
          ...(digest === undefined ? {} : { from: digest }),
          to: target,
          state,
        });
      }
    return {
      action,
      channel: this.#channel,
      repositories: places.map((place) => place.name),
      ...(current === undefined ? {} : { fromDigest: current }),
      ...(from?.version === undefined ? {} : { fromVersion: from.version }),
      toDigest: target,
      ...(to.version === undefined ? {} : { toVersion: to.version }),
      changed: false,
      dryRun: this.#request.dryRun ?? false,
      moves,
      gates: [],
      held: false,
    };
  }

  /** A tag does not go down but by a rollback. */
  #refuseOlder(tag: string, from: ImageFacts | undefined, to: ImageFacts): void {
    const { action, force } = this.#request;
    if (action === 'rollback' || force || !to.semver || !from?.semver) return;
    if (compareSemver(to.semver, from.semver) >= 0) return;
    throw new ReleaseError('older-version', `${tag} is at ${from.version}, which is higher than ${to.version}`, {
      hint:
        tag === this.#channel
          ? 'go back with containerize rollback, or release it all the same with --force'
          : `leave ${tag} out, or move it all the same with --force`,
    });
  }

  /** The target is whole in every place (copied where it lacks), and all bytes that may be put are at hand. */
  async #prepare(target: Digest, report: ReleaseReport): Promise<void> {
    const { places, source, signal, dryRun, progress } = this.#request;
    if (source !== undefined) await proveComplete(source.place.repository, source.place.name, target, signal);
    for (const place of places) {
      if (source !== undefined && source.place.name !== place.name) {
        const { descriptor } = await source.place.repository.manifest(target, { signal });
        if (dryRun) continue;
        await copyGraph(source.place.repository, mounting(place, source.place), descriptor, {
          progress,
          signal,
          group: place.name,
        });
      }
      if (source?.place.name !== place.name) await proveComplete(place.repository, place.name, target, signal);
    }
    if (dryRun) return;
    for (const { repository, from, to } of report.moves)
      for (const digest of [from, to]) {
        const key = `${repository}@${digest}`;
        if (digest === undefined || this.#originals.has(key)) continue;
        const place = places.find((p) => p.name === repository)!;
        const { bytes, descriptor } = await place.repository.manifest(digest, { signal });
        this.#originals.set(key, { bytes, mediaType: descriptor.mediaType });
      }
  }

  async #askGates(report: ReleaseReport, current: Digest | undefined): Promise<void> {
    const { gates = [], signal, force, progress = silent } = this.#request;
    const source = this.#request.source?.place ?? this.#first;
    const target = {
      reference: `${source.name}@${report.toDigest}`,
      facts: await readImageFacts(source.repository, report.toDigest as Digest, signal),
      ...(current === undefined ? {} : { current: await readImageFacts(this.#first.repository, current, signal) }),
      signal,
    };
    const all: Gate[] = [...(force ? [] : [schemaGate]), ...gates];
    for (const gate of all) {
      const task = progress.start({ name: `gate: ${gate.name}` });
      const { passed, message } = await gate.ask(target);
      task.note(message);
      report.gates.push({ name: gate.name, message });
      if (!passed) {
        const error = new ReleaseError('gate-failed', `${gate.name}: ${message}`, {
          hint: 'nothing was moved; --force goes round the schema revision, tests have to pass',
        });
        task.fail(error);
        throw error;
      }
      task.done();
    }
  }

  async #carryOut(report: ReleaseReport, target: Digest, current: Digest | undefined): Promise<ReleaseReport> {
    const { places, signal, action, onlyTag, noHold, progress = silent, who } = this.#request;
    const now = this.#request.now ?? (() => new Date());
    const locks: ChannelLock[] = [];
    try {
      // in one order everywhere, so that two who want several never wait for each other
      for (const place of [...places].sort((a, b) => (a.name < b.name ? -1 : 1))) {
        const lock = new ChannelLock(place.repository, this.#channel, this.#owner, this.#dead);
        await lock.take(`${place.name}:${this.#channel}`, who, signal);
        locks.push(lock);
      }
      const began = now().toISOString();
      const save = () =>
        this.#journal.write({
          action,
          channel: this.#channel,
          target,
          moves: report.moves,
          began,
          owner: this.#owner,
        });
      if (!onlyTag && current !== undefined) await this.#remember(now(), 'seen', current);
      await save();
      const mover = new TagMover({
        repositories: new Map(places.map((place) => [place.name, place.repository])),
        original: (repository, digest) => this.#originals.get(`${repository}@${digest}`)!,
        onChange: save,
        signal,
      });
      const task = progress.start({ name: `move ${report.moves.length} tags to ${target}` });
      try {
        await mover.move(report.moves);
        task.done();
      } catch (error) {
        task.fail(error);
        // what could not be put back is for a human; a run that was taken back leaves nothing to take up
        if (codeOf(error) === 'release-undone') await this.#journal.clear();
        throw error;
      }
      const event = action === 'rollback' && noHold ? 'rollback-open' : action;
      const shadow = onlyTag ? undefined : await this.#remember(now(), event, target);
      await this.#journal.clear();
      return {
        ...report,
        changed: true,
        held: event === 'rollback',
        ...(shadow === undefined ? {} : { shadowTag: shadow }),
        ...(current === undefined ? {} : { undoCommand: this.#undoCommand(current) }),
      };
    } finally {
      for (const lock of locks.toReversed()) await lock.release().catch((error) => progress.warn(`lock: ${error}`));
    }
  }

  /** Puts a shadow tag into every place; `seen` only where the channel's history does not end with this digest. */
  async #remember(time: Date, event: Parameters<typeof shadowTag>[2], digest: Digest): Promise<string> {
    const tag = shadowTag(this.#channel, time, event, digest);
    for (const place of this.#request.places) {
      if (event === 'seen') {
        const history = await readHistory(place.repository, this.#channel, this.#request.signal);
        if (history.findLast((entry) => entry.event !== 'unhold')?.digest === digest) continue;
        if ((await this.#digestOf(place, this.#channel)) !== digest) continue;
      }
      const key = `${place.name}@${digest}`;
      const original = this.#originals.get(key) ?? (await this.#load(place, digest));
      await place.repository.pushManifest(original.bytes, original.mediaType, tag, { signal: this.#request.signal });
    }
    return tag;
  }

  async #load(place: Place, digest: Digest): Promise<Original> {
    const { bytes, descriptor } = await place.repository.manifest(digest, { signal: this.#request.signal });
    return { bytes, mediaType: descriptor.mediaType };
  }

  async #digestOf(place: Place, tag: string): Promise<Digest | undefined> {
    try {
      return (await place.repository.resolve(tag, { signal: this.#request.signal })).digest;
    } catch (error) {
      if (codeOf(error) === 'not-found') return undefined;
      throw error;
    }
  }

  #undoCommand(current: Digest): string {
    const names = this.#request.places.map((place) => place.name).join(' ');
    return this.#request.action === 'rollback'
      ? `containerize release ${this.#first.name}@${current} --channel ${this.#channel} --force`
      : `containerize rollback ${names} --channel ${this.#channel} --to ${current}`;
  }
}

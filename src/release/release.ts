import { randomUUID } from 'node:crypto';
import { codeOf } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import { silent } from '../progress.ts';
import { digestOf } from '../registry/digest-of.ts';
import type { ReleaseReport, TagMove } from '../reports.ts';
import { askGates } from './ask-gates.ts';
import { ChannelLock } from './channel-lock.ts';
import { ReleaseError } from './error.ts';
import { type ChannelState, channelState, readHistory } from './history.ts';
import { Journal } from './journal.ts';
import { lockOnThisMachine } from './local-lock.ts';
import { Originals, prepareTarget } from './originals.ts';
import { planMoves } from './plan-moves.ts';
import type { Place, ReleaseRequest } from './request.ts';
import { checkChannel, shadowTag } from './shadow-tag.ts';
import { TagMover } from './tag-mover.ts';
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
  #originals = new Originals();
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
    const report = await planMoves(this.#request, { target, current, earlier: resumed?.moves });
    this.#originals = await prepareTarget(this.#request, target, report);
    await askGates(this.#request, report);
    await this.#request.onPlan?.(report);
    if (this.#request.dryRun) return report;
    if (report.moves.every((move) => move.from === move.to)) return { ...report, changed: false, held: state.held };
    return this.#carryOut(report, target, current);
  }

  /** What the channel names in each place. */
  async #currents(): Promise<Map<string, Digest | undefined>> {
    const found = new Map<string, Digest | undefined>();
    for (const place of this.#request.places)
      found.set(place.name, await digestOf(place.repository, this.#channel, this.#request.signal));
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
              await digestOf(repository, this.#channel, signal),
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

  async #carryOut(report: ReleaseReport, target: Digest, current: Digest | undefined): Promise<ReleaseReport> {
    const { places, signal, action, onlyTag, noHold, progress = silent, who, settleMs } = this.#request;
    const now = this.#request.now ?? (() => new Date());
    const locks: ChannelLock[] = [];
    try {
      // in one order everywhere, so that two who want several never wait for each other
      for (const place of [...places].sort((a, b) => (a.name < b.name ? -1 : 1))) {
        const lock = new ChannelLock(place.repository, this.#channel, this.#owner, this.#dead);
        await lock.take(`${place.name}:${this.#channel}`, who, signal, settleMs);
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
        original: (repository, digest) => this.#originals.get(repository, digest)!,
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
        ...(current === undefined ? {} : { undoCommand: this.#undoCommand(current, report.moves) }),
      };
    } finally {
      for (const lock of locks.toReversed()) await lock.release().catch((error) => progress.warn(`lock: ${error}`));
    }
  }

  /** Puts a shadow tag into every place; `seen` only where the channel's history does not end with this digest. */
  async #remember(time: Date, event: Parameters<typeof shadowTag>[2], digest: Digest): Promise<string> {
    const { places, signal } = this.#request;
    const tag = shadowTag(this.#channel, time, event, digest);
    for (const place of places) {
      if (event === 'seen') {
        const history = await readHistory(place.repository, this.#channel, signal);
        if (history.findLast((entry) => entry.event !== 'unhold')?.digest === digest) continue;
        if ((await digestOf(place.repository, this.#channel, signal)) !== digest) continue;
      }
      const { bytes, mediaType } = await this.#originals.load(place, digest, signal);
      await place.repository.pushManifest(bytes, mediaType, tag, { signal });
    }
    return tag;
  }

  #undoCommand(current: Digest, moves: ReleaseReport['moves']): string {
    const { action, places } = this.#request;
    // only what moved from the same image can go back by one command
    const tags = (this.#request.tags ?? []).filter((tag) =>
      moves.every((move) => move.tag !== tag || move.from === current),
    );
    const names = places.map((place) => place.name).join(' ');
    const more = tags.map((tag) => ` --tag ${tag}`).join('');
    // beside its source a release names its repositories when there are several
    const where = places.length > 1 ? ` ${names}` : '';
    return action === 'rollback'
      ? `containerize release ${this.#first.name}@${current}${where} --channel ${this.#channel}${more} --force`
      : `containerize rollback ${names} --channel ${this.#channel} --to ${current}${more}`;
  }
}

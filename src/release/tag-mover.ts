import { messageOf } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { MediaType } from '../oci/media-type.ts';
import { digestOf } from '../registry/digest-of.ts';
import type { Repository } from '../registry/repository.ts';
import type { TagMove } from '../reports.ts';
import { ReleaseError } from './error.ts';
import { isImmutable } from './immutable.ts';

/** A manifest's original bytes: what is put under a tag is what was pushed, byte for byte. */
export interface Original {
  bytes: Buffer;
  mediaType: MediaType;
}

export interface MoverOptions {
  repositories: ReadonlyMap<string, Repository>;
  /** Bytes of a digest in a repository, read before anything moves. */
  original(repository: string, digest: string): Original;
  /** Called after each change, before the next: the journal. */
  onChange(): Promise<void>;
  signal?: AbortSignal | undefined;
}

/**
 * Moves tags one after the other. Registries have no compare-and-swap, so each tag is looked at right before it is put
 * and read back after; whoever finds a digest that is neither the old nor the new one stops, and takes back what he did.
 */
export class TagMover {
  readonly #options: MoverOptions;

  constructor(options: MoverOptions) {
    this.#options = options;
  }

  /** @throws ReleaseError `release-undone` or `release-not-undone`, its cause what went wrong */
  async move(moves: readonly TagMove[]): Promise<void> {
    const done: TagMove[] = [];
    try {
      for (const move of moves) {
        this.#options.signal?.throwIfAborted();
        if (await this.#moveOne(move, done)) await this.#options.onChange();
      }
    } catch (cause) {
      await this.#undo(done);
      await this.#options.onChange();
      throw failure(cause, moves);
    }
  }

  /** True when the tag was moved; false when it was there already. */
  async #moveOne(move: TagMove, done: TagMove[]): Promise<boolean> {
    const { signal } = this.#options;
    const now = await this.current(move, signal);
    if (now === move.to) {
      // moved by an earlier run that was cut off: taken back like the others when this one fails
      if (move.from !== move.to && move.state === 'moved') done.push(move);
      else move.state = 'unchanged';
      return false;
    }
    if (now !== move.from) throw foreign(move, now, 'before it was moved');
    // whether the put arrived is not known when its answer is lost: it counts as done until it is looked at
    done.push(move);
    await this.#put(move, move.to, signal);
    const after = await this.current(move, signal);
    if (after !== move.to) throw foreign(move, after, 'right after it was moved');
    move.state = 'moved';
    return true;
  }

  /** The newest first, so that the most important tag is right again soonest. Never stops half-way. */
  async #undo(done: readonly TagMove[]): Promise<void> {
    for (const move of done.toReversed()) {
      try {
        const now = await this.current(move);
        if (now === move.from) {
          move.state = 'undone';
        } else if (now !== move.to) {
          // somebody else's: not ours to change
          move.state = 'not-undone';
        } else {
          if (move.from !== undefined) await this.#put(move, move.from);
          else await this.#options.repositories.get(move.repository)!.delete({ tag: move.tag });
          move.state = (await this.current(move)) === move.from ? 'undone' : 'not-undone';
        }
      } catch {
        // what became of it is told by the state
        move.state = 'not-undone';
      }
    }
  }

  /** What the tag names, undefined when it is not there. */
  async current(move: Pick<TagMove, 'repository' | 'tag'>, signal?: AbortSignal): Promise<Digest | undefined> {
    return digestOf(this.#options.repositories.get(move.repository)!, move.tag, signal);
  }

  async #put(move: TagMove, digest: string, signal?: AbortSignal): Promise<void> {
    const { bytes, mediaType } = this.#options.original(move.repository, digest);
    try {
      await this.#options.repositories.get(move.repository)!.pushManifest(bytes, mediaType, move.tag, { signal });
    } catch (error) {
      throw isImmutable(error)
        ? new ReleaseError(
            'immutable-tag',
            `${move.repository}:${move.tag}: the registry does not let this tag be moved`,
            {
              cause: error,
              hint: 'exclude channel tags from tag immutability, or deploy by digest and keep the pointer elsewhere (a deployment, a Compose file)',
            },
          )
        : error;
    }
  }
}

function foreign(move: TagMove, now: string | undefined, when: string): ReleaseError {
  return new ReleaseError(
    'foreign-change',
    `${move.repository}:${move.tag} names ${now ?? 'nothing'} ${when}, expected ${when.startsWith('right') ? move.to : (move.from ?? 'nothing')}: somebody else moved it`,
    { hint: 'look who releases at the same time (GitHub: use concurrency: groups), then run it again' },
  );
}

function failure(cause: unknown, moves: readonly TagMove[]): ReleaseError {
  const left = moves.filter((move) => move.state === 'not-undone');
  if (left.length === 0) {
    return new ReleaseError('release-undone', `${messageOf(cause)}; every tag is back where it was`, { cause, moves });
  }
  const commands = left.map((move) =>
    move.from === undefined
      ? `remove the tag ${move.tag} of ${move.repository}`
      : `containerize release ${move.repository}@${move.from} --channel ${move.tag} --only-tag --force`,
  );
  return new ReleaseError(
    'release-not-undone',
    `${messageOf(cause)}; not every tag could be put back: ${left.map((m) => `${m.repository}:${m.tag}`).join(', ')}`,
    { cause, moves, hint: `to put them back:\n  ${commands.join('\n  ')}` },
  );
}

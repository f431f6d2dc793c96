import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../errors.ts';
import { sha256 } from '../oci/digest.ts';
import { encodeManifest, parseManifest } from '../oci/manifest.ts';
import type { Repository } from '../registry/repository.ts';
import { ReleaseError } from './error.ts';

const ARTIFACT = 'application/vnd.containerize.lock.v1';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const EMPTY = { mediaType: 'application/vnd.oci.empty.v1+json', digest: sha256(Buffer.from('{}')), size: 2 };
const OWNER = 'io.containerize.lock.owner';
const EXPIRES = 'io.containerize.lock.expires';
/** Two that began at the same moment have both written by then. */
const SETTLE_MS = 250;
const LIFE_MS = 10 * 60_000;

/**
 * An advisory lock in the registry: the tag `<channel>.lock` names who moves the channel, and until when. Registries have
 * no compare-and-swap, so it keeps out most of those who come at the same time; what it lets through, the look at each
 * tag before and after it is moved finds.
 */
export class ChannelLock {
  readonly #repository: Repository;
  readonly #tag: string;
  readonly #owner: string;
  readonly #dead: string | undefined;

  /** `dead`: the owner that a run of this machine was, which is known to have ended. */
  constructor(repository: Repository, channel: string, owner: string = randomUUID(), dead?: string) {
    this.#repository = repository;
    this.#tag = `${channel}.lock`;
    this.#owner = owner;
    this.#dead = dead;
  }

  /** @throws ReleaseError `channel-locked`, naming the holder */
  async take(name: string, who: string, signal?: AbortSignal, settleMs = SETTLE_MS): Promise<void> {
    await this.#refuseOther(name, signal);
    await this.#put(`${who} ${this.#owner}`, new Date(Date.now() + LIFE_MS), signal);
    await sleep(settleMs, undefined, { ...(signal === undefined ? {} : { signal }) });
    await this.#refuseOther(name, signal);
  }

  /** Removes the tag; where a registry does not let us, it says that nobody holds it. */
  async release(): Promise<void> {
    if ((await this.#holder())?.owner.endsWith(this.#owner) !== true) return;
    try {
      if (await this.#repository.delete({ tag: this.#tag })) return;
    } catch {
      // most hosted registries refuse
    }
    await this.#put('nobody', new Date(0));
  }

  async #refuseOther(name: string, signal?: AbortSignal): Promise<void> {
    const holder = await this.#holder(signal);
    if (holder === undefined || holder.owner.endsWith(this.#owner) || holder.expires.getTime() < Date.now()) return;
    if (this.#dead !== undefined && holder.owner.endsWith(this.#dead)) return;
    throw new ReleaseError(
      'channel-locked',
      `${name}: ${holder.owner.replace(/ [0-9a-f-]{36}$/, '')} is moving this channel`,
      { hint: `try again when it is done, or after ${holder.expires.toISOString()}` },
    );
  }

  async #holder(signal?: AbortSignal): Promise<{ owner: string; expires: Date } | undefined> {
    try {
      const { bytes, descriptor } = await this.#repository.manifest(this.#tag, { signal });
      const { annotations } = parseManifest(bytes, descriptor.mediaType, this.#tag);
      const [owner, expires] = [annotations?.[OWNER], new Date(annotations?.[EXPIRES] ?? Number.NaN)];
      return owner === undefined || Number.isNaN(expires.getTime()) ? undefined : { owner, expires };
    } catch (error) {
      if (codeOf(error) === 'not-found' || codeOf(error) === 'invalid-manifest') return undefined;
      throw error;
    }
  }

  async #put(owner: string, expires: Date, signal?: AbortSignal): Promise<void> {
    await this.#repository.push(EMPTY, Readable.from([Buffer.from('{}')], { objectMode: false }), { signal });
    const bytes = encodeManifest({
      schemaVersion: 2,
      mediaType: MANIFEST,
      artifactType: ARTIFACT,
      config: EMPTY,
      layers: [EMPTY],
      annotations: { [OWNER]: owner, [EXPIRES]: expires.toISOString() },
    });
    await this.#repository.pushManifest(bytes, MANIFEST, this.#tag, { signal });
  }
}

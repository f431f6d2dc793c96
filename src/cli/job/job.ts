import type { SourceLocation } from '../../errors.ts';
import type { SavedScope } from '../../pipeline/cache/pending.ts';
import type { DeployHook } from '../../release/deploy-hook.ts';
import type { TagGuard } from '../../release/tags/tag-guard.ts';
import type { CacheReport, ReleaseReport, TestReport } from '../../reports.ts';
import type { Shard } from '../../testing/shard.ts';
import type { TestSpec } from '../../testing/spec.ts';

/** What a door asks of an engine for a whole step of a pipeline: plain data, handed over as JSON. */
export interface Job {
  build?: BuildJob;
  /** The images of a pipeline file: all are built and tested, then all pushed, then released in this order. */
  images?: readonly ImageJob[];
  /** Names of images in the store that are pushed without a build. */
  push?: readonly string[];
  /** For those: keeps tags from moving to a lower version. */
  guard?: TagGuard;
  merge?: MergeJob;
  release?: ReleaseJob;
  /** More channels that what was pushed is released to. */
  releases?: readonly ReleaseJob[];
  /** Saves the caches that builds of this job left to be saved, within so many seconds. */
  saveCaches?: { seconds: number };
  /** Nothing but taking away what earlier jobs on this machine left behind. */
  sweep?: boolean;
}

export interface ImageJob {
  name: string;
  build: BuildJob;
  releases: readonly ReleaseJob[];
  /** Names of the images that are built and tested before; `context`: what the Dockerfile calls the result. */
  needs: readonly { image: string; context?: string }[];
}

export interface BuildJob {
  /** As after `containerize build`: flags, then the folder. Names are in it as `--tag`. */
  words: readonly string[];
  /** Push what `--tag` names, when everything else went well. */
  push: boolean;
  /** Nothing but a push needs the image: layers that the registries have are not fetched, and it stays without a name here. */
  onlyPushed?: boolean;
  /** Caches in GitHub's cache service are saved by a later job with `saveCaches`. */
  cacheLater?: boolean;
  /** Seconds that saving caches may take; then the job goes on without. */
  cacheTimeout?: number;
  /** Keeps tags from moving to a lower version. */
  guard?: TagGuard;
  /** What must succeed in the image before it is pushed. */
  test?: TestJob;
}

export interface MergeJob {
  /** Full names of the index. */
  names: readonly string[];
  digests: readonly string[];
  /** Platforms that must be there; empty: whatever there is. */
  platforms: readonly string[];
  /** Keeps tags from moving to a lower version. */
  guard?: TagGuard;
}

export interface TestJob {
  tests: readonly TestSpec[];
  /** Containers that run at once; default: one for each processor. */
  jobs?: number;
  shard?: Shard;
  /** Folder for what tests leave, from the working directory. */
  output?: string;
}

export interface ReleaseJob {
  action: 'release' | 'promote' | 'rollback';
  /** Repositories without tags; empty: those that were pushed. */
  repositories: readonly string[];
  channel: string;
  /** Release, promote: where the image is, a name with tag or digest; absent: what was pushed. */
  source?: string;
  /** Rollback: what to go back to. */
  to?: string;
  force: boolean;
  hold: boolean;
  /** A held channel is a warning, not an error: the release was not asked for by hand. */
  automatic: boolean;
  /** Commands that must succeed in the target image. */
  smoke: readonly string[];
  /** Files of image checks that it must pass. */
  checks?: readonly string[];
  dryRun: boolean;
  who: string;
  /** What makes it effective once the tags are moved; `undo` goes back when that fails. */
  deploy?: { hooks: readonly DeployHook[]; undo: boolean };
  /** Noted as a deployment of this GitHub environment. */
  environment?: string;
  /** Why, for the deployment and the release notes. */
  reason?: string;
}

export interface BuiltImage {
  digest: string;
  imageId: string;
  /** Compressed bytes of all layers and configurations. */
  size: number;
  platforms: string[];
  names: string[];
  /** Under the keys of buildx. */
  metadata: Record<string, unknown>;
  /** What caches elsewhere gave and took. */
  cache?: CacheReport;
}

export interface PushedName {
  /** `ghcr.io/owner/app`. */
  repository: string;
  digest: string;
  tags: string[];
  /** Tags that stay where they are: they name a higher version. */
  kept?: string[];
}

export interface JobReport {
  image?: BuiltImage;
  pushed: PushedName[];
  /** One by one, in the file's order. */
  images?: ImageReport[];
  /** Platforms of a merged index. */
  merged?: string[];
  tests?: TestReport;
  /** The first of them. */
  release?: ReleaseReport;
  releases?: ReleaseReport[];
  /** Caches that were saved at the end of the job. */
  caches?: SavedScope[];
}

/** What became of one image of several. */
export interface ImageReport extends JobReport {
  name: string;
  /** `left-out`: it was not begun, or not gone on with, because of another one's failure. */
  outcome: 'running' | 'done' | 'failed' | 'left-out';
  error?: ImageFailure;
}

/** Why an image failed, and where in what the user wrote. */
export interface ImageFailure {
  code?: string;
  message: string;
  hint?: string;
  location?: Omit<SourceLocation, 'text'>;
}

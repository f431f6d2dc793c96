import type { ReleaseReport } from '../../reports.ts';

/** What a door asks of an engine for a whole step of a pipeline: plain data, handed over as JSON. */
export interface Job {
  build?: BuildJob;
  /** Names of images in the store that are pushed without a build. */
  push?: readonly string[];
  release?: ReleaseJob;
  /** Nothing but taking away what earlier jobs on this machine left behind. */
  sweep?: boolean;
}

export interface BuildJob {
  /** As after `containerize build`: flags, then the folder. Names are in it as `--tag`. */
  words: readonly string[];
  /** Push what `--tag` names, when everything else went well. */
  push: boolean;
  /** `latest` only moves to a higher version than it has. */
  latestIfHighest?: boolean;
  version?: string;
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
  dryRun: boolean;
  who: string;
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
}

export interface PushedName {
  /** `ghcr.io/owner/app`. */
  repository: string;
  digest: string;
  tags: string[];
}

export interface JobReport {
  image?: BuiltImage;
  pushed: PushedName[];
  release?: ReleaseReport;
}

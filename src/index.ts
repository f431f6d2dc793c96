/** The library's public names, listed one by one. */

export type { ContentStore, Fetcher, Image, Ingester, Layer, Pusher } from './content/store.ts';
export { type OpenOptions, openContainerize } from './door/library.ts';
export { ContainerizeError, type ErrorDetails, type SourceLocation } from './errors.ts';
export type { Annotations, Descriptor } from './oci/descriptor.ts';
export { type Digest, isDigest, parseDigest, sha256 } from './oci/digest.ts';
export { formatPlatform, hostPlatform, type Platform, parsePlatform } from './oci/platform.ts';
export { familiarReference, formatReference, parseReference, type Reference } from './oci/reference.ts';
export type {
  BuildOptions,
  CallOptions,
  Containerize,
  MergeOptions,
  PublishOptions,
  ReleaseOptions,
  RunOptions,
  RunResult,
  TestOptions,
  TestRunOptions,
} from './pipeline/api.ts';
export type { Merged } from './pipeline/publish/merge.ts';
export type { PublishedPlace } from './pipeline/publish/publish.ts';
export { type Progress, silent, type Task, type TaskInfo } from './progress.ts';
export type { ExitReport, ReleaseReport, TagMove, TestCase, TestReport, TestResult } from './reports.ts';

/** The library's public names, listed one by one. */
export type { ContentStore, Fetcher, Image, Ingester, Layer, Pusher } from './content/store.js';
export { type OpenOptions, openContainerize } from './door/library.js';
export { ContainerizeError, type ErrorDetails, type SourceLocation } from './errors.js';
export type { Annotations, Descriptor } from './oci/descriptor.js';
export { type Digest, isDigest, parseDigest, sha256 } from './oci/digest.js';
export { formatPlatform, hostPlatform, type Platform, parsePlatform } from './oci/platform.js';
export { familiarReference, formatReference, parseReference, type Reference } from './oci/reference.js';
export type { BuildOptions, CallOptions, Containerize, MergeOptions, PublishOptions, ReleaseOptions, RunOptions, RunResult, TestOptions, TestRunOptions, } from './pipeline/api.js';
export type { Merged } from './pipeline/publish/merge.js';
export type { PublishedPlace } from './pipeline/publish/publish.js';
export { type Progress, silent, type Task, type TaskInfo } from './progress.js';
export type { ExitReport, ReleaseReport, TagMove, TestCase, TestReport, TestResult } from './reports.js';

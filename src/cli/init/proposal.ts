/** What `init` writes down about one image: as far as the repository tells. Texts are as containerize.yml has them. */
export interface ProposedImage {
  /** Key below `images`, should there be several. */
  key: string;
  /** Where this was read: `Dockerfile`, `compose.yaml, service web`, … */
  from: string;
  repositories: string[];
  /** Folder from the repository's, `.` for itself. */
  context: string;
  /** From the context. */
  dockerfile?: string;
  target?: string;
  args: string[];
  contexts: string[];
  platforms: string[];
  secrets: Record<string, { file?: string; environment?: string }>;
  cacheFrom: string[];
  cacheTo: string[];
  tags: string[];
  flavor: string[];
  labels: string[];
  annotations: string[];
  /** Absent: `auto`. */
  push?: boolean;
  tests: ProposedTest[];
}

/** A test that the repository seems to have. */
export interface ProposedTest {
  run?: string;
  target?: string;
  network?: 'host';
  /** Where it was found, and what it needs. */
  why: string;
  /** False: it is written as a comment, since the image may lack what it needs. */
  sure: boolean;
}

/** What the workflow is made of. */
export interface ProposedWorkflow {
  name: string;
  /** Value of `on`. */
  on: unknown;
  runsOn: string;
  checkout: Record<string, unknown>;
  /** `setup-qemu-action` and the like, as they were. */
  before: { uses: string; with?: Record<string, unknown> }[];
  /** Variables of the step. */
  env: Record<string, string>;
  logins: { registry?: string; username?: string; password?: string }[];
}

/** An image about which nothing more is known than where its Dockerfile is. */
export function plainImage(key: string, from: string, context: string): ProposedImage {
  return {
    key,
    from,
    context,
    repositories: [],
    args: [],
    contexts: [],
    platforms: [],
    secrets: {},
    cacheFrom: [],
    cacheTo: [],
    tags: [],
    flavor: [],
    labels: [],
    annotations: [],
    tests: [],
  };
}

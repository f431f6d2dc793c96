import { causesOf, codeOf } from '../errors.ts';
import { UsageError } from './arguments.ts';

/**
 * What the process exits with. A container's own status is passed on as it is; docker's three codes stand for what
 * happened before there was one; the rest follows sysexits.h, so that a script can tell the causes apart.
 */
export const EXIT = {
  done: 0,
  failed: 1,
  /** `test`: no test failed, but some could not be run. */
  broken: 2,
  /** A release stopped midway, and every tag is back where it was. */
  undone: 3,
  /** A release stopped midway, and tags are not where they were: the message says which, and how to mend it. */
  notUndone: 4,
  /** What was given is wrong: a Dockerfile, an image name, a damaged layer or archive. */
  badInput: 65,
  /** An image, or a file that the build needs, is not there. */
  notFound: 66,
  /** A registry, a network, a kernel feature or a Node.js that is new enough is not there. */
  unavailable: 69,
  /** The disk is full, a file cannot be read or written. */
  inputOutput: 74,
  /** Somebody else is at it: try again. */
  busy: 75,
  /** Not logged in, or no privileges. */
  denied: 77,
  /** Misuse of the command line; for `run`: whatever went wrong before the container existed. */
  misuse: 125,
  /** The container's command cannot be executed. */
  notExecutable: 126,
  /** The container's command was not found. */
  commandNotFound: 127,
  /** SIGHUP. */
  hangup: 129,
  interrupted: 130,
  /** 128 and SIGPIPE: the reader of a container's output has left. */
  brokenPipe: 141,
  /** What was left did not end in time after a signal. */
  killed: 137,
  terminated: 143,
} as const;

/** A code in the outermost error of a chain that has one wins: it knows best what the failure means. */
const BY_CODE: Readonly<Record<string, number>> = {
  ...all(EXIT.badInput, 'invalid-reference invalid-digest invalid-platform invalid-image-config invalid-manifest'),
  ...all(EXIT.badInput, 'invalid-descriptor schema-1 unknown-manifest-type invalid-registry invalid-url'),
  // a Dockerfile, and what its instructions ask for
  ...all(EXIT.badInput, 'empty-dockerfile line-too-long bad-directive unsupported-syntax unknown-instruction'),
  ...all(EXIT.badInput, 'unknown-flag invalid-flag invalid-argument unterminated-heredoc bad-expansion bad-mount'),
  ...all(EXIT.badInput, 'bad-ignore-pattern not-supported unknown-target unknown-stage stage-order cycle'),
  ...all(EXIT.badInput, 'platform-mismatch bad-option bad-name bad-destination bad-archive unknown-user'),
  ...all(EXIT.badInput, 'checksum-mismatch not-a-folder'),
  // tag rules and channels
  ...all(EXIT.badInput, 'bad-tag-rule unknown-tag-type bad-expression bad-flavor bad-image-name bad-tag tag-too-long'),
  ...all(EXIT.badInput, 'bad-label unclosed-quote bad-channel'),
  // containerize.yml
  ...all(EXIT.badInput, 'bad-yaml duplicate-key unknown-key missing-key wrong-type bad-value bad-combination'),
  ...all(EXIT.badInput, 'bad-variable missing-image-name no-tag unknown-image same-name bad-since'),
  ...all(EXIT.notFound, 'no-config'),
  // tests
  ...all(EXIT.badInput, 'no-tests bad-test bad-shard bad-report-path bad-output-folder bad-checks bad-junit'),
  ...all(EXIT.broken, 'tests-broken'),
  ...all(EXIT.notFound, 'unknown-release no-history'),
  ...all(EXIT.failed, 'channel-held older-version gate-failed incomplete-image registries-disagree'),
  ...all(EXIT.failed, 'unexpected-current'),
  ...all(EXIT.undone, 'release-undone deploy-undone'),
  ...all(EXIT.notUndone, 'release-not-undone deploy-failed published-in-part'),
  // merge
  ...all(EXIT.badInput, 'no-digests platform-twice'),
  ...all(EXIT.notFound, 'digest-missing'),
  ...all(EXIT.busy, 'channel-locked'),
  // layers, blobs and archives
  ...all(EXIT.badInput, 'bad-layer bad-compression diff-id-mismatch layer-too-large bad-input too-many-layers'),
  ...all(EXIT.badInput, 'digest-mismatch size-mismatch blob-too-large not-an-image not-a-layout not-a-cache'),
  ...all(EXIT.badInput, 'not-a-tar truncated-archive invalid-archive unsupported-archive empty-archive'),
  ...all(EXIT.badInput, 'invalid-answer truncated too-large'),
  ...all(EXIT.notFound, 'no-dockerfile'),
  ...all(EXIT.denied, 'unauthorized denied login-failed no-privileges unsafe-run-folder not-entitled EACCES EPERM'),
  ...all(EXIT.unavailable, 'connect-failed name-not-resolved tls-failed proxy-failed timeout'),
  ...all(EXIT.unavailable, 'connection-lost too-many-redirects rate-limited server-error kernel-lacks'),
  ...all(EXIT.unavailable, 'helper-missing helper-unusable helper-config helper-died'),
  ...all(EXIT.unavailable, 'ECONNREFUSED ECONNRESET ENOTFOUND EAI_AGAIN ETIMEDOUT EHOSTUNREACH ENETUNREACH'),
  ...all(EXIT.inputOutput, 'disk-full cannot-read cannot-write not-readable ENOSPC EDQUOT EIO EROFS'),
};

/** Looked at when nothing in the chain says why: a name that leads nowhere. */
const BY_WEAK_CODE: Readonly<Record<string, number>> = {
  ...all(EXIT.notFound, 'not-found base-not-found'),
};

/** Codes of errors that have an exit code of their own, by exit code. */
export function codesByExit(): Map<number, string[]> {
  const found = new Map<number, string[]>();
  for (const [code, exit] of Object.entries({ ...BY_CODE, ...BY_WEAK_CODE }))
    found.set(exit, [...(found.get(exit) ?? []), code]);
  return found;
}

function all(exit: number, codes: string): Record<string, number> {
  return Object.fromEntries(codes.split(' ').map((code) => [code, exit]));
}

/** Commands whose exit code is a container's: what fails before it must not look like the container's own status. */
const CONTAINER_COMMANDS = new Set(['run', 'exec']);

/** The exit code for an error that ended `command`. */
export function exitCodeOf(error: unknown, command?: string): number {
  if (error instanceof UsageError) return EXIT.misuse;
  const chain = causesOf(error);
  if (command !== undefined && (CONTAINER_COMMANDS.has(command) || command === 'start')) {
    for (const e of chain) {
      // by code alone: a bundle shortens the names of classes
      if (codeOf(e) === 'command-not-found') return EXIT.commandNotFound;
      if (codeOf(e) === 'not-executable') return EXIT.notExecutable;
    }
  }
  if (isInterruption(error)) return EXIT.interrupted;
  if (command !== undefined && CONTAINER_COMMANDS.has(command)) return EXIT.misuse;
  for (const table of [BY_CODE, BY_WEAK_CODE])
    for (const e of chain) {
      const code = codeOf(e);
      if (code !== undefined && Object.hasOwn(table, code)) return table[code]!;
    }
  // 1 says that tests ran and failed
  return command === 'test' ? EXIT.broken : EXIT.failed;
}

/** True when the work ended because the user or the door stopped it. */
export function isInterruption(error: unknown): boolean {
  return causesOf(error).some(
    (e) => (e as { name?: unknown } | null)?.name === 'AbortError' || codeOf(e) === 'ABORT_ERR',
  );
}

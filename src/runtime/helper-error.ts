import { ContainerizeError, codeOf, messageOf } from '../errors.ts';
import { errnoName } from './errno.ts';

/** One line of the helper. */
export interface HelperReport {
  event: string;
  [field: string]: unknown;
}

export type HelperErrorCode =
  | 'helper-missing' // the binary is not there
  | 'helper-unusable' // the binary cannot be executed here
  | 'helper-config' // the helper did not understand what it was told
  | 'bad-input' // the data that it was given to read is refused
  | 'helper-failed' // a system call failed
  | 'kernel-lacks' // the kernel has no such feature
  | 'exec-failed' // the container's own program could not be started
  | 'helper-died'; // it ended without saying why

/** Why the helper could not do its work: which system call, on what, with which errno. */
export class HelperError extends ContainerizeError<HelperErrorCode> {
  /** The part of the start in which it failed: `mount`, `cgroup`, `process`, … */
  readonly stage: string | undefined;
  /** The system call. */
  readonly call: string | undefined;
  /** What it was called on. */
  readonly object: string | undefined;
  readonly errno: number | undefined;
  /** `EPERM`, `ENOENT`, … */
  readonly errnoName: string | undefined;

  constructor(
    code: HelperErrorCode,
    message: string,
    report: Partial<HelperReport> = {},
    details: { hint?: string; cause?: unknown } = {},
  ) {
    super(code, message, details);
    this.stage = text(report.stage);
    this.call = text(report.call);
    this.object = text(report.object);
    this.errno = typeof report.errno === 'number' ? report.errno : undefined;
    this.errnoName = this.errno === undefined ? undefined : errnoName(this.errno);
  }

  static reported(mode: string, report: HelperReport, binary?: string): HelperError {
    const stage = text(report.stage) ?? mode;
    const message = text(report.message) ?? 'unknown error';
    const lacks = text(report.lacks);
    if (lacks !== undefined) return new HelperError('kernel-lacks', `${stage}: the kernel lacks ${lacks}`, report);
    const input = text(report.input);
    if (input !== undefined) {
      return new HelperError('bad-input', input === '' ? message : `${input}: ${message}`, {
        ...report,
        object: input,
      });
    }
    const call = text(report.call);
    if (call === undefined) {
      // It understands everything that we say, unless it is older or newer than we are.
      const hint = /\bunknown (?:record|mode|kind|option|stage) |expected [\d to]+ arguments, got /.test(message)
        ? `the helper${binary === undefined ? '' : ` ${binary}`} may be of another version than this containerize: install both together, build it with \`npm run build\`, or unset CONTAINERIZE_HELPER`
        : undefined;
      return new HelperError('helper-config', `${stage}: ${message}`, report, hint === undefined ? {} : { hint });
    }
    const number = typeof report.errno === 'number' ? ` (${errnoName(report.errno)})` : '';
    return new HelperError(
      'helper-failed',
      `${stage}: ${call} ${text(report.object) ?? ''}: ${message}${number}`,
      report,
    );
  }

  static execFailed(report: HelperReport): HelperError {
    const reason = text(report.message) ?? 'cannot be executed';
    return new HelperError('exec-failed', `${text(report.object) ?? 'the program'}: ${reason}`, report);
  }

  static unexplained(mode: string, exit: { code: number | null; signal: string | null }): HelperError {
    const how = exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
    return new HelperError('helper-died', `the helper (mode ${mode}) ended with ${how} and no report`);
  }

  static spawning(binary: string, cause: unknown): HelperError {
    const code = codeOf(cause);
    if (code === 'ENOENT') {
      return new HelperError(
        'helper-missing',
        `the native helper is not there: ${binary}`,
        {},
        {
          cause,
          hint: 'build it with `npm run build`, or set CONTAINERIZE_HELPER to its path',
        },
      );
    }
    return new HelperError(
      'helper-unusable',
      `cannot start the native helper ${binary}: ${messageOf(cause)}`,
      {},
      {
        cause,
        hint: 'the helper needs Linux on x64 or arm64, and its executable bit',
      },
    );
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

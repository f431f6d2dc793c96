import { messageOf } from '../errors.ts';
import type { ReleaseReport } from '../reports.ts';

/** What a deployment carries for whoever reads it later. */
export interface DeploymentPayload {
  image: string;
  digest: string;
  tags: string[];
  from?: string;
  to?: string;
  reason?: string;
  actor?: string;
  run?: string;
}

export type DeploymentState = 'in_progress' | 'success' | 'failure';

/** One deployment, as it was noted. */
export interface Deployment {
  id: number;
  time: Date;
  task: string;
  payload: Partial<DeploymentPayload>;
  state: string;
}

/** The part of GitHub that keeps deployments and release notes; made by the doors. */
export interface ReleaseStore {
  createDeployment(deployment: {
    environment: string;
    ref: string;
    task: string;
    description: string;
    payload: DeploymentPayload;
  }): Promise<number>;
  setDeploymentState(id: number, state: DeploymentState, description: string, logUrl?: string): Promise<void>;
  /** The newest first, at most `limit`. */
  deployments(environment: string, limit: number): Promise<Deployment[]>;
  releaseByTag(tag: string): Promise<{ id: number; body: string } | undefined>;
  setReleaseBody(id: number, body: string): Promise<void>;
}

export interface RecordOptions {
  environment: string;
  /** Branch, tag or commit that the deployment is of. */
  ref: string;
  reason?: string;
  actor?: string;
  /** Address of the run. */
  run?: string;
  warn(message: string): void;
}

const LONGEST_DESCRIPTION = 140;
const LONGEST_REASON = 2000;

/**
 * Notes one move of a channel as a deployment. The registry's tags decide what is live; when GitHub cannot be reached or
 * refuses, a release and above all a rollback go on, with a warning.
 */
export class DeploymentRecord {
  readonly #store: ReleaseStore;
  readonly #options: RecordOptions;
  #id: number | undefined;

  constructor(store: ReleaseStore, options: RecordOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Before the first tag moves. Notes nothing of a plan that moves nothing. */
  async begin(plan: ReleaseReport): Promise<void> {
    const { environment, ref, reason, actor, run } = this.#options;
    if (plan.dryRun || plan.moves.every((move) => move.from === move.to)) return;
    await this.#attempt('note the deployment', async () => {
      this.#id = await this.#store.createDeployment({
        environment,
        ref,
        task: plan.action === 'rollback' ? 'rollback' : plan.action === 'promote' ? 'promote' : 'deploy',
        description: shortened(`${plan.action} ${plan.channel}: ${named(plan)}${reason ? ` (${reason})` : ''}`),
        payload: {
          image: plan.repositories[0]!,
          digest: plan.toDigest,
          tags: [...new Set(plan.moves.map((move) => `${move.repository}:${move.tag}`))],
          ...(plan.fromDigest === undefined ? {} : { from: plan.fromDigest }),
          to: plan.toDigest,
          ...(reason ? { reason: reason.slice(0, LONGEST_REASON) } : {}),
          ...(actor ? { actor } : {}),
          ...(run ? { run } : {}),
        },
      });
      await this.#store.setDeploymentState(this.#id, 'in_progress', 'tags are being moved', run);
    });
  }

  /** After everything went well, hooks included. */
  async succeed(report: ReleaseReport, now: Date): Promise<void> {
    const { run, reason } = this.#options;
    if (this.#id !== undefined) {
      const [id, said] = [this.#id, `${report.channel} is ${named(report)}`];
      await this.#attempt('note the success of the deployment', () =>
        this.#store.setDeploymentState(id, 'success', shortened(said), run),
      );
    }
    if (!report.changed || report.toVersion === undefined) return;
    await this.#attempt('add to the release notes', () => this.#addNote(report, now, reason));
  }

  async fail(error: unknown): Promise<void> {
    if (this.#id === undefined) return;
    const id = this.#id;
    await this.#attempt('note the failure of the deployment', () =>
      this.#store.setDeploymentState(id, 'failure', shortened(messageOf(error)), this.#options.run),
    );
  }

  async #addNote({ action, channel, toVersion, toDigest }: ReleaseReport, now: Date, reason?: string): Promise<void> {
    const version = toVersion!;
    for (const tag of version.startsWith('v') ? [version, version.slice(1)] : [`v${version}`, version]) {
      const release = await this.#store.releaseByTag(tag);
      if (release === undefined) continue;
      const body = withChannelNote(release.body, { time: now, action, channel, digest: toDigest, reason });
      await this.#store.setReleaseBody(release.id, body);
      return;
    }
  }

  async #attempt(what: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      const hint = (error as { hint?: unknown }).hint;
      this.#options.warn(`could not ${what}: ${messageOf(error)}${typeof hint === 'string' ? ` (${hint})` : ''}`);
    }
  }
}

const OPEN = '<!-- containerize: channels -->';
const CLOSE = '<!-- /containerize: channels -->';

/** Release notes with one more line in the table of channels at their end; what people wrote stays as it is. */
export function withChannelNote(
  body: string,
  note: { time: Date; action: string; channel: string; digest: string; reason?: string | undefined },
): string {
  const cells = [
    note.time.toISOString().slice(0, 16).replace('T', ' '),
    note.action,
    note.channel,
    `\`${note.digest}\``,
  ];
  const row = `| ${[...cells, cell(note.reason ?? '')].join(' | ')} |`;
  const end = body.lastIndexOf(CLOSE);
  if (end > body.lastIndexOf(OPEN) && body.includes(OPEN)) return `${body.slice(0, end)}${row}\n${body.slice(end)}`;
  const head = '| when (UTC) | what | channel | image | why |\n|---|---|---|---|---|';
  return `${body.trimEnd()}${body.trim() === '' ? '' : '\n\n'}${OPEN}\n${head}\n${row}\n${CLOSE}\n`;
}

/** Text that cannot leave its cell or end the comment. */
function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/\|/g, '\\|').replace(/</g, '&lt;').replace(/>/g, '&gt;').slice(0, 200);
}

function named({ toVersion, toDigest }: ReleaseReport): string {
  return toVersion === undefined ? toDigest.slice(0, 19) : `${toVersion} (${toDigest.slice(0, 19)})`;
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= LONGEST_DESCRIPTION ? line : `${line.slice(0, LONGEST_DESCRIPTION - 1)}…`;
}

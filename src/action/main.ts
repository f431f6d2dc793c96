import { join, resolve } from 'node:path';
import * as core from '@actions/core';
import { Timeline } from '../cli/job/timeline.ts';
import { formatError } from '../cli/print-error.ts';
import { roomFor } from '../cli/progress/room.ts';
import { wasCancelled } from '../cli/progress/seconds.ts';
import { type Environment, readEnvironment } from '../door/environment.ts';
import { leave } from '../door/leave.ts';
import { readRepositoryContext } from '../door/repository-context.ts';
import { messageOf } from '../errors.ts';
import { readDigests } from '../pipeline/publish/digest-list.ts';
import { type Annotation, annotationCommands, failureAnnotations } from './annotations.ts';
import { savesCaches } from './caches.ts';
import { fetchCommit, isEmptyWorkspace } from './checkout.ts';
import { engineEnv, runOnEngine } from './engine.ts';
import { explain } from './explain.ts';
import { type ActionInputs, readInputs } from './inputs.ts';
import { ActionsLog } from './log.ts';
import { maskedForms } from './mask.ts';
import { noteArtifacts, outputTexts } from './outputs.ts';
import { readPipelineFile, requestOfPipeline } from './pipeline-file.ts';
import { checkSystem, enclosure } from './platform.ts';
import { combined, imagesOf, type NamedReport } from './reports.ts';
import { type ActionRequest, requestOf } from './request.ts';
import { cell, summaryOf } from './summary.ts';
import { summaryFacts } from './summary-facts.ts';
import { testAnnotations } from './test-annotations.ts';

/** Warnings of one step that GitHub shows as annotations. */
const MOST_WARNINGS = 10;

/** One step of a workflow, from its inputs to its outputs. */
class ActionStep {
  readonly #environment: Environment = readEnvironment();
  readonly #cancel = new AbortController();
  readonly #timeline = new Timeline();
  readonly #warnings: string[] = [];
  readonly #hidden = new Set<string>();
  readonly #log = new ActionsLog(
    (text) => process.stdout.write(text),
    this.#timeline,
    (message) => this.#printWarning(message),
    () => roomFor(process.stdout),
  );
  #inputs: ActionInputs | undefined;
  #request: ActionRequest | undefined;
  readonly #parts: NamedReport[] = [];
  #fork = false;

  async run(): Promise<number> {
    // the runner asks with SIGINT, insists with SIGTERM 7.5 s later, and kills
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => this.#cancel.abort());
    let failure: unknown;
    try {
      checkSystem(process.platform);
      core.saveState('running', 'true');
      await this.#work();
    } catch (error) {
      failure = explain(error, { where: enclosure(this.#environment.env), fork: this.#fork });
    }
    this.#log.close();
    try {
      await this.#tell(failure);
      core.saveState('running', '');
    } catch (error) {
      this.#log.warn(`the results could not be written: ${messageOf(error)}`);
    }
    if (failure === undefined) return 0;
    return this.#cancel.signal.aborted ? 130 : 1;
  }

  async #work(): Promise<void> {
    const { env } = this.#environment;
    const inputs = readInputs((name) => core.getInput(name, { trimWhitespace: false }));
    this.#inputs = inputs;
    this.#mask(inputs);
    const workspace = env.GITHUB_WORKSPACE || this.#environment.cwd;
    const repository = await readRepositoryContext(env, workspace);
    this.#fork = repository.pullRequest?.fork ?? false;
    const builds = !['push', 'release', 'promote', 'rollback', 'merge', 'plan'].includes(inputs.command);
    let context = workspace;
    if (builds && inputs.build.context === undefined && (await isEmptyWorkspace(workspace))) {
      context = await this.#checkout(inputs);
    }
    const digests = await readDigests(inputs.digests, workspace, 'input digests');
    const facts = { repository, now: new Date(), workspace, context, digests, env };
    const notes: string[] = [];
    const pipeline = await readPipelineFile(inputs, context, engineEnv(env, {}), notes);
    this.#request =
      pipeline === undefined ? requestOf(inputs, facts) : await requestOfPipeline(pipeline, inputs, facts);
    this.#request.notes.unshift(...notes);
    for (const warning of this.#request.warnings) this.#log.warn(warning);
    for (const note of this.#request.notes) this.#log.line(note);
    if (this.#request.matrix !== undefined) return;
    if (this.#request.jobs.some(({ job }) => savesCaches(job))) core.saveState('caches', String(inputs.cache.timeout));
    const dockerConfig = await this.#login(inputs, repository.repository?.owner, repository.actor);
    this.#log.line(`ready after ${Math.round(performance.now())} ms`);
    for (const { name, job } of this.#request.jobs) {
      const entry: NamedReport = { ...(name === undefined ? {} : { name }), report: { pushed: [] } };
      this.#parts.push(entry);
      entry.report = await runOnEngine(job, {
        environment: this.#environment,
        env: engineEnv(env, { ...this.#request.env, DOCKER_CONFIG: dockerConfig }),
        cwd: this.#request.folder ?? workspace,
        log: this.#log,
        debug: this.#environment.debug,
        signal: this.#cancel.signal,
        onPart: (part) => {
          entry.report = part;
        },
      });
    }
  }

  /** What became of each image so far. */
  get #reports(): NamedReport[] {
    return imagesOf(this.#parts);
  }

  #mask(inputs: ActionInputs): void {
    const secrets = [inputs.login.password, inputs.githubToken];
    for (const { source } of inputs.secrets) {
      if ('value' in source) secrets.push(source.value);
      else if ('env' in source) secrets.push(this.#environment.env[source.env]);
    }
    for (const secret of secrets) if (secret) this.#hide(secret);
  }

  #hide(secret: string, { asItIs = false } = {}): void {
    this.#log.trusted(() => {
      for (const form of asItIs ? [secret] : maskedForms(secret)) {
        if (this.#hidden.has(form)) continue;
        this.#hidden.add(form);
        core.setSecret(form);
      }
    });
  }

  async #checkout(inputs: ActionInputs): Promise<string> {
    const { env } = this.#environment;
    const task = this.#log.start({ name: `fetch ${env.GITHUB_REPOSITORY} at ${env.GITHUB_SHA?.slice(0, 12)}` });
    try {
      const folder = await fetchCommit({
        env,
        temp: this.#temp(),
        ...(inputs.githubToken === undefined ? {} : { token: inputs.githubToken }),
        signal: this.#cancel.signal,
      });
      core.saveState('context', folder);
      task.done();
      return folder;
    } catch (error) {
      task.fail(error);
      throw error;
    }
  }

  async #login(inputs: ActionInputs, owner: string | undefined, actor: string | undefined): Promise<string> {
    const [{ logIn }, { loginsOf }] = await Promise.all([import('./login.ts'), import('./logins.ts')]);
    const { env, home } = this.#environment;
    const folder = await logIn(loginsOf(inputs.login), {
      env,
      temp: this.#temp(),
      dockerConfig: env.DOCKER_CONFIG || join(home, '.docker'),
      ...(owner === undefined ? {} : { owner }),
      ...(actor === undefined ? {} : { actor }),
      ...(inputs.githubToken === undefined ? {} : { githubToken: inputs.githubToken }),
      mask: (secret, how) => this.#hide(secret, how),
      say: (line) => this.#log.line(line),
      warn: (message) => this.#log.warn(message),
      http: async () => {
        const [{ Http, proxyFromEnvironment }] = await Promise.all([import('../http.ts')]);
        return new Http({ proxy: proxyFromEnvironment(env), userAgent: 'containerize' });
      },
      now: new Date(),
      signal: this.#cancel.signal,
    });
    core.saveState('docker', inputs.login.logout ? folder : '');
    return folder;
  }

  /** Outputs, summary, annotations: also of what was finished before a failure. */
  async #tell(failure: unknown): Promise<void> {
    const { env } = this.#environment;
    const report = combined(this.#reports);
    const images = this.#reports.flatMap(({ name, report: r }) => (r.image && name ? [[name, r.image.digest]] : []));
    const metadata = this.#request?.metadata;
    const junit = await this.#writeTests().catch((error) => {
      // the outputs are needed by later steps all the same
      this.#log.warn(`the test report could not be written: ${messageOf(error)}`);
      return undefined;
    });
    for (const { name, outcome, message } of report.tests?.results ?? [])
      if (outcome === 'flaky') this.#log.warn(`${name}: ${message}`);
    const steps = this.#timeline.steps.filter((step) => /^\[(?!internal)/.test(step.name));
    for (const [name, value] of outputTexts({
      ...(report.image === undefined
        ? {}
        : { digest: report.image.digest, imageid: report.image.imageId, metadata: report.image.metadata }),
      ...(report.image === undefined && report.pushed[0] !== undefined ? { digest: report.pushed[0].digest } : {}),
      ...(report.image === undefined ? {} : { tags: this.#reports.flatMap(({ report: r }) => r.image?.names ?? []) }),
      ...(metadata === undefined ? {} : { version: metadata.version, labels: metadata.labels, json: metadata.json }),
      ...(report.image === undefined ? {} : { cacheHit: steps.length > 0 && steps.every((step) => step.cached) }),
      ...(this.#request?.matrix === undefined ? {} : { matrix: this.#request.matrix }),
      ...(report.image === undefined && report.pushed.length > 0
        ? { tags: report.pushed.flatMap(({ repository, tags }) => tags.map((tag) => `${repository}:${tag}`)) }
        : {}),
      ...(images.length === 0 ? {} : { images: Object.fromEntries(images) }),
      ...(junit === undefined ? {} : { testReport: junit }),
      ...(report.release === undefined
        ? {}
        : {
            changed: report.release.changed,
            toDigest: report.release.toDigest,
            ...(report.release.fromDigest === undefined ? {} : { fromDigest: report.release.fromDigest }),
            ...(report.release.undoCommand === undefined ? {} : { undoCommand: report.release.undoCommand }),
          }),
    }))
      core.setOutput(name, value);
    if (env.GITHUB_ARTIFACTS && report.pushed.length > 0) await noteArtifacts(env.GITHUB_ARTIFACTS, report.pushed);
    if (failure !== undefined) this.#printFailure(failure);
    if ((this.#inputs?.summary ?? true) && env.GITHUB_STEP_SUMMARY) {
      const facts = summaryFacts({
        command: this.#inputs?.command ?? 'ci',
        reports: this.#reports,
        timeline: this.#timeline,
        warnings: this.#warnings,
        notes: this.#request?.notes ?? [],
        failure,
        cancelled: this.#cancel.signal.aborted,
      });
      await core.summary.addRaw(this.#withoutSecrets(summaryOf(facts)), true).write();
    }
    // a step that was told to stop explains itself; a fetched context is of no use any more
    if (this.#cancel.signal.aborted) this.#log.line('cancelled: everything of this step was stopped');
  }

  async #writeTests(): Promise<string | undefined> {
    const { tests } = combined(this.#reports);
    if (tests === undefined || this.#inputs === undefined) return undefined;
    const { writeJunit } = await import('./junit.ts');
    const { env, cwd } = this.#environment;
    // artifacts are not masked by the runner
    return writeJunit(env.GITHUB_WORKSPACE || cwd, this.#inputs.test.output, tests, (text) =>
      this.#withoutSecrets(text),
    );
  }

  /** The runner hides secrets in the log; a summary is a file of ours. */
  #withoutSecrets(text: string): string {
    let hidden = text;
    for (const secret of [...this.#hidden].sort((a, b) => b.length - a.length))
      for (const form of new Set([secret, cell(secret)])) hidden = hidden.replaceAll(form, '***');
    return hidden;
  }

  #printFailure(failure: unknown): void {
    // what a stopped step has to say is said at its end
    if (this.#cancel.signal.aborted && wasCancelled(failure)) return;
    for (const line of formatError(failure, { debug: this.#environment.debug }).trimEnd().split('\n'))
      this.#log.line(line);
    if (this.#cancel.signal.aborted) return;
    const { tests } = combined(this.#reports);
    // of many the first are shown: what ended the step is one of them
    const { env, cwd } = this.#environment;
    const folder = this.#request?.folder ?? (env.GITHUB_WORKSPACE || cwd);
    const failures = failureAnnotations(failure, this.#reports).map((one) =>
      one.file === undefined ? one : { ...one, file: resolve(folder, one.file) },
    );
    this.#annotate([...failures, ...(tests === undefined ? [] : testAnnotations(tests))]);
  }

  #annotate(annotations: readonly Annotation[]): void {
    const { env, cwd } = this.#environment;
    if (this.#inputs?.annotate === false) return;
    const { commands, left } = annotationCommands(annotations, env.GITHUB_WORKSPACE || cwd);
    for (const command of commands) process.stdout.write(`${command}\n`);
    if (left > 0) this.#log.line(`${left} more are not marked: GitHub takes ten of a step`);
  }

  #printWarning(message: string): void {
    // one thing that concerns several builds of a step is said once
    if (this.#warnings.includes(message)) return;
    this.#warnings.push(message);
    if (this.#warnings.length <= MOST_WARNINGS) core.warning(message);
    else process.stdout.write(`warning: ${message.replace(/\s+/g, ' ')}\n`);
  }

  #temp(): string {
    return this.#environment.env.RUNNER_TEMP || '/tmp';
  }
}

void new ActionStep().run().then((code) => {
  // sockets of keep-alive connections must not keep the step running; what was printed has to be out before
  process.stdout.write('', () => leave(code));
});

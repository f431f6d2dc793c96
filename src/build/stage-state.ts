import type { StageScope } from '../dockerfile/scope.ts';
import type { RunConfig } from '../oci/image-config.ts';
import { formatPlatform, type Platform, samePlatform } from '../oci/platform.ts';
import { type ConfigChange, type ConfigState, configOp, DEFAULT_SHELL } from './ops/config-change.ts';
import type { Vertex } from './vertex.ts';

/** A stage while its instructions are read in order: what later ones depend on, and the vertex reached so far. */
export class StageState implements ConfigState {
  readonly label: string;
  readonly platform: Platform;
  readonly scope: StageScope;
  /** Entries of history that are the base image's own. */
  readonly baseHistory: number;
  shell: readonly string[];
  commandSet = false;
  #config: RunConfig;
  #tip: Vertex;
  #pending: ConfigChange[] = [];

  constructor(options: {
    label: string;
    platform: Platform;
    scope: StageScope;
    config: RunConfig;
    tip: Vertex;
    baseHistory: number;
  }) {
    this.label = options.label;
    this.platform = options.platform;
    this.scope = options.scope;
    this.baseHistory = options.baseHistory;
    this.shell = options.config.Shell ?? DEFAULT_SHELL;
    this.#config = options.config;
    this.#tip = options.tip;
  }

  /** The config in force, but for history, layers and variables: those are the scope's. */
  get config(): RunConfig {
    return this.#config;
  }

  get workdir(): string {
    return this.#config.WorkingDir || '/';
  }

  /** Changes the config alone. Changes that follow each other are one vertex. */
  change(change: ConfigChange): void {
    this.#config = change.apply(this.#config);
    this.#pending.push(change);
  }

  /** What the next step stands on. */
  tip(): Vertex {
    if (this.#pending.length > 0) {
      const changes = this.#pending;
      this.#pending = [];
      this.#tip = { inputs: [this.#tip], op: configOp(changes), platform: this.platform, name: `${this.label} config` };
    }
    return this.#tip;
  }

  /** Goes on from a step that changed the file system, and perhaps the config. */
  advance(vertex: Vertex, config: RunConfig = this.#config): void {
    this.#tip = vertex;
    this.#config = config;
  }
}

/** Gives the steps of a stage their names: `[linux/amd64 build 2/5] RUN make`. */
export class StepNames {
  readonly #prefix: string;
  readonly #total: number;
  #index = 0;

  /** `label` is empty for the only stage of a file. `show` is given when several platforms are built. */
  constructor(label: string, total: number, show?: { platform: Platform; target: Platform }) {
    this.#total = total;
    const words = [
      ...(show === undefined ? [] : [platformText(show.platform, show.target)]),
      ...(label === '' ? [] : [label]),
    ];
    this.#prefix = words.map((word) => `${word} `).join('');
  }

  next(text: string, trigger = false): string {
    this.#index++;
    const width = String(this.#total).length;
    return `[${this.#prefix}${String(this.#index).padStart(width)}/${this.#total}] ${trigger ? 'ONBUILD ' : ''}${text}`;
  }
}

/** A stage that builds for another platform than its own says so: `linux/amd64->arm64`. */
function platformText(platform: Platform, target: Platform): string {
  const own = formatPlatform(platform);
  if (samePlatform(platform, target)) return own;
  const to = formatPlatform(target);
  return `${own}->${platform.os === target.os ? to.slice(target.os.length + 1) : to}`;
}

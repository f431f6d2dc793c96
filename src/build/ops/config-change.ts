import type { CommandLine, HealthcheckInstruction, StageInstruction } from '../../dockerfile/instruction.ts';
import { parsePorts } from '../../dockerfile/ports.ts';
import type { StageScope } from '../../dockerfile/scope.ts';
import { parseSignal, unknownSignal } from '../../dockerfile/signal.ts';
import type { Healthcheck, RunConfig } from '../../oci/image-config.ts';
import { BuildError } from '../error.ts';
import { historyEntry } from '../history.ts';
import { configured } from '../result.ts';
import type { PureOp, StepResult } from '../vertex.ts';
import { goDuration, goList, goQuoted } from './go-format.ts';

/** The instructions that change nothing but the config. */
export type ConfigInstruction = Exclude<StageInstruction, { kind: 'run' | 'copy' | 'add' | 'workdir' }>;

/** What such an instruction does: the new `config` object and its line of history, if it has one. */
export interface ConfigChange {
  /** Variables that it sets: apart, as thousands of ENV lines shall not copy thousands of variables each. */
  env?: readonly (readonly [name: string, value: string])[];
  apply(config: RunConfig): RunConfig;
  history?: string;
  /** What it does, where the history does not say it. */
  signature?: string;
  author?: string;
}

/** State of a stage that decides what an instruction means. */
export interface ConfigState {
  scope: StageScope;
  shell: readonly string[];
  /** CMD was given in this stage: an ENTRYPOINT after it leaves it alone. */
  commandSet: boolean;
}

/** Expands and checks one instruction; ARG and ENV take effect on the scope here. */
export function configChange(instruction: ConfigInstruction, state: ConfigState): ConfigChange {
  const { scope } = state;
  switch (instruction.kind) {
    case 'arg': {
      scope.arg(instruction);
      const texts = instruction.args.map(({ name }) => pairText([name, scope.get(name)]));
      return { apply: (config) => config, history: `ARG ${texts.join(' ')}` };
    }
    case 'env': {
      const env = scope.env(instruction);
      return { env, apply: (config) => config, history: `ENV ${env.map(pairText).join(' ')}` };
    }
    case 'label': {
      const pairs = scope.pairs(instruction.pairs);
      return {
        apply: (config) => ({ ...config, Labels: { ...config.Labels, ...Object.fromEntries(pairs) } }),
        history: `LABEL ${pairs.map(pairText).join(' ')}`,
      };
    }
    case 'maintainer':
      return { apply: (config) => config, history: `MAINTAINER ${instruction.author}`, author: instruction.author };
    case 'user': {
      const user = scope.expand(instruction.user);
      if (user === '')
        throw new BuildError('bad-option', 'USER needs a user: the word is empty after expansion', {
          location: instruction.user.location,
        });
      return { apply: (config) => ({ ...config, User: user }), history: `USER ${user}` };
    }
    case 'expose': {
      const ports = parsePorts(
        instruction.ports.flatMap((word) => scope.expandWords(word)),
        instruction.location,
      );
      return {
        apply: (config) => ({ ...config, ExposedPorts: { ...config.ExposedPorts, ...keys(ports) } }),
        history: `EXPOSE ${goList(ports)}`,
      };
    }
    case 'volume': {
      const paths = instruction.paths.map((word) => {
        const path = scope.expand(word);
        if (path === '')
          throw new BuildError('bad-option', 'VOLUME specified can not be an empty string', {
            location: word.location,
          });
        return path;
      });
      return {
        apply: (config) => ({ ...config, Volumes: { ...config.Volumes, ...keys(paths) } }),
        history: `VOLUME ${goList(paths)}`,
      };
    }
    case 'stopsignal': {
      const signal = scope.expand(instruction.signal);
      if (parseSignal(signal) === undefined)
        throw new BuildError('bad-option', unknownSignal(signal), { location: instruction.signal.location });
      return { apply: (config) => ({ ...config, StopSignal: signal }), history: `STOPSIGNAL ${signal}` };
    }
    case 'cmd': {
      const args = commandWords(instruction.command, state.shell);
      state.commandSet = true;
      return { apply: (config) => ({ ...config, Cmd: args }), history: `CMD ${goQuoted(args)}` };
    }
    case 'entrypoint': {
      const args = commandWords(instruction.command, state.shell);
      const keepCommand = state.commandSet;
      return {
        apply: (config) => {
          const { Cmd, ...rest } = config;
          return { ...(keepCommand && Cmd !== undefined ? { ...rest, Cmd } : rest), Entrypoint: args };
        },
        history: `ENTRYPOINT ${goQuoted(args)}`,
      };
    }
    case 'shell':
      state.shell = instruction.shell;
      return {
        apply: (config) => ({ ...config, Shell: [...instruction.shell] }),
        history: `SHELL ${goList(instruction.shell)}`,
      };
    case 'healthcheck': {
      const healthcheck = healthcheckOf(instruction);
      return {
        apply: (config) => ({ ...config, Healthcheck: healthcheck }),
        history: `HEALTHCHECK ${healthcheckText(healthcheck)}`,
      };
    }
    case 'onbuild':
      // BuildKit writes no history for it.
      return {
        apply: (config) => ({ ...config, OnBuild: [...(config.OnBuild ?? []), instruction.expression] }),
        signature: `ONBUILD ${instruction.expression}`,
      };
  }
}

/** One step for changes that follow each other. */
export function configOp(changes: readonly ConfigChange[]): PureOp {
  const texts = changes.map(({ history, signature }) => history ?? signature);
  return {
    kind: 'CONFIG',
    pure: true,
    ...(texts.every((text) => text !== undefined) ? { signature: JSON.stringify(texts) } : {}),
    result([input]: readonly StepResult[]): StepResult {
      const below = input!;
      const { config: before = {}, history = [], author } = below.config;
      const added = changes.flatMap((change) =>
        change.history === undefined ? [] : [historyEntry(change.history, { layered: false })],
      );
      const config = {
        ...below.config,
        ...present(changes.findLast((change) => change.author !== undefined)?.author ?? author),
        config: applyChanges(before, changes),
        history: [...history, ...added],
      };
      return configured(below, config);
    },
  };
}

/** The config after several changes. */
export function applyChanges(before: RunConfig, changes: readonly ConfigChange[]): RunConfig {
  let config = before;
  for (const change of changes) config = change.apply(config);
  const pairs = changes.flatMap((change) => change.env ?? []);
  return pairs.length === 0 ? config : { ...config, Env: mergeEnvironment(config.Env ?? [], pairs) };
}

function present(author: string | undefined): { author?: string } {
  return author === undefined ? {} : { author };
}

/** What the shell forms run with when no SHELL was given. */
export const DEFAULT_SHELL: readonly string[] = ['/bin/sh', '-c'];

/** A command as the image keeps it: the shell form with the shell in front. */
function commandWords(command: CommandLine, shell: readonly string[]): string[] {
  return command.form === 'exec' ? [...command.args] : [...shell, command.text];
}

/** Later pairs take the place of earlier ones: of two entries with one name, readers disagree which counts. */
export function mergeEnvironment(env: readonly string[], pairs: Iterable<readonly [string, string]>): string[] {
  const merged = new Map(env.map((entry) => [entry.split('=', 1)[0]!, entry]));
  for (const [name, value] of pairs) merged.set(name, `${name}=${value}`);
  return [...merged.values()];
}

function healthcheckOf(instruction: HealthcheckInstruction): Healthcheck {
  const { command, interval, timeout, startPeriod, startInterval, retries } = instruction;
  if (command === undefined) return { Test: ['NONE'] };
  // CMD-SHELL is run with config.Shell by whoever checks the health, so the shell is not written out.
  const Test = command.form === 'exec' ? ['CMD', ...command.args] : ['CMD-SHELL', command.text];
  return {
    Test,
    ...(interval ? { Interval: interval } : {}),
    ...(timeout ? { Timeout: timeout } : {}),
    ...(startPeriod ? { StartPeriod: startPeriod } : {}),
    ...(startInterval ? { StartInterval: startInterval } : {}),
    ...(retries ? { Retries: retries } : {}),
  };
}

function healthcheckText(h: Healthcheck): string {
  return `{Test:${goList(h.Test ?? [])} Interval:${goDuration(h.Interval)} Timeout:${goDuration(h.Timeout)} StartPeriod:${goDuration(h.StartPeriod)} StartInterval:${goDuration(h.StartInterval)} Retries:${h.Retries ?? 0}}`;
}

function pairText([name, value]: readonly [string, string | undefined]): string {
  return value === undefined ? name : `${name}=${value}`;
}

function keys(names: readonly string[]): Record<string, Record<string, never>> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

import { ContainerizeError, codeOf, messageOf, type SourceLocation } from '../../errors.ts';
import { composeHook, type DeployHook, kubectlHook } from '../../release/deploy-hook.ts';
import { checkChannel } from '../../release/shadow-tag.ts';
import { ConfigError } from './error.ts';
import { listOf, type Plain } from './values.ts';

/** A release channel of an image. */
export interface ChannelConfig {
  channel: string;
  when: 'default-branch' | 'tag' | 'push';
  smoke: string[];
  /** Files of image checks, from the pipeline's. */
  checks: string[];
  force: boolean;
  deploy: { hooks: DeployHook[]; undo: boolean };
  /** GitHub's. */
  environment?: string;
}

export function channelOf(entry: Plain, path: string, places: ReadonlyMap<string, SourceLocation>): ChannelConfig {
  const deploy = (entry.deploy ?? []) as (string | Plain)[];
  return {
    channel: nameOf(entry.channel as string, path, places),
    when: (entry.when as ChannelConfig['when'] | undefined) ?? 'default-branch',
    smoke: listOf(entry.smoke),
    checks: listOf(entry.checks),
    force: entry.force === true,
    deploy: {
      hooks: deploy.map((hook, i) => hookOf(hook, `${path}.deploy[${i}]`, places)),
      undo: entry.deploy_undo === true,
    },
    ...(entry.environment === undefined ? {} : { environment: entry.environment as string }),
  };
}

/** A channel is a tag, and leaves room for what remembers its releases. */
function nameOf(channel: string, path: string, places: ReadonlyMap<string, SourceLocation>): string {
  try {
    return checkChannel(channel);
  } catch (error) {
    throw new ConfigError('bad-value', `${path}.channel: ${messageOf(error)}`, {
      location: places.get(`${path}.channel`),
      hint: error instanceof ContainerizeError ? error.hint : undefined,
    });
  }
}

function hookOf(hook: string | Plain, path: string, places: ReadonlyMap<string, SourceLocation>): DeployHook {
  if (typeof hook === 'string') return { kind: 'command', command: hook };
  const bad = (message: string): ConfigError =>
    new ConfigError('bad-value', `${path}: ${message}`, { location: places.get(path) });
  const { compose, kubectl } = hook as { compose?: Record<string, string>; kubectl?: Record<string, string> };
  if ((compose === undefined) === (kubectl === undefined))
    throw bad('expected a command, or either compose or kubectl');
  try {
    return compose === undefined ? kubectlHook(kubectl!) : composeHook(compose);
  } catch (error) {
    throw codeOf(error) === 'bad-value' ? bad(messageOf(error)) : error;
  }
}

import { codeOf, messageOf } from '../../errors.ts';
import type { Surroundings } from '../../pipeline/release/deployed.ts';
import type { Engine } from '../../pipeline/wire.ts';
import { type DeployHook, parseComposeHook, parseKubectlHook } from '../../release/deploy-hook.ts';
import { UsageError } from '../arguments.ts';
import type { Arguments, CommandContext, Option } from '../command.ts';
import { hookOptions } from './hook-options.ts';
import { recordOf } from './record.ts';

/** Flags about what happens beside the registry. */
export const AROUND_OPTIONS: readonly Option[] = [
  {
    name: 'deploy',
    type: 'list',
    placeholder: 'COMMAND',
    help: 'Run this on this machine afterwards; $CONTAINERIZE_IMAGE is the image by digest',
  },
  {
    name: 'deploy-compose',
    type: 'list',
    placeholder: 'SERVICE[,file=FILE][,project=NAME]',
    help: 'Start this Compose service with the image by digest afterwards',
  },
  {
    name: 'deploy-kubectl',
    type: 'list',
    placeholder: 'WORKLOAD[,container=NAME][,namespace=NAME][,context=NAME][,timeout=5m]',
    help: 'kubectl set image and rollout status afterwards, such as deployment/app',
  },
  { name: 'deploy-undo', type: 'boolean', help: 'Go back, tags and deployments, when deploying fails' },
  {
    name: 'environment',
    type: 'string',
    placeholder: 'NAME',
    help: 'Note it as a deployment of this GitHub environment, and in the release notes (needs GITHUB_TOKEN)',
  },
  { name: 'reason', type: 'string', placeholder: 'TEXT', help: 'Why, for the deployment and the release notes' },
];

/** Hooks and records that the flags ask for. */
export async function surroundingsOf(args: Arguments, context: CommandContext, engine: Engine): Promise<Surroundings> {
  const environment = args.string('environment');
  const { stderr } = context.io;
  return {
    hooks: hooksOf(args),
    undo: args.flag('deploy-undo'),
    options: hookOptions(context, engine, (_, chunk) => stderr.write(chunk)),
    record:
      environment === undefined
        ? undefined
        : await recordOf({ environment, reason: args.string('reason') }, context, engine, (message) =>
            stderr.write(`warning: ${message}\n`),
          ),
  };
}

function hooksOf(args: Arguments): DeployHook[] {
  return [
    ...args.list('deploy').map((command): DeployHook => ({ kind: 'command', command })),
    ...args.list('deploy-compose').map((text) => parsed('deploy-compose', () => parseComposeHook(text))),
    ...args.list('deploy-kubectl').map((text) => parsed('deploy-kubectl', () => parseKubectlHook(text))),
  ];
}

function parsed(flag: string, parse: () => DeployHook): DeployHook {
  try {
    return parse();
  } catch (error) {
    throw codeOf(error) === 'bad-value' ? new UsageError('bad-value', `--${flag}: ${messageOf(error)}`) : error;
  }
}

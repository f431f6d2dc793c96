import { messageOf } from '../../errors.ts';
import { parseReference } from '../../oci/reference.ts';
import { releaseHistory, repositoryName } from '../../pipeline/release/channel.ts';
import { type NotedEntry, withDeployments } from '../../release/noted-history.ts';
import type { Command } from '../command.ts';
import { ago, shortId } from '../format.ts';
import { REGISTRY_OPTIONS, registryFlags } from '../registry-options.ts';
import { CHANNEL_OPTION } from '../release/options.ts';
import { githubOf } from '../release/record.ts';
import { type Column, printRows } from '../table.ts';

interface Row {
  channel: string;
  event: string;
  digest: string;
  time: string;
  tag: string;
  state: string;
  deployment: string;
  actor: string;
  reason: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { name: 'Channel', heading: 'CHANNEL', value: (row) => row.channel },
  { name: 'Event', heading: 'EVENT', value: (row) => row.event },
  { name: 'ID', heading: 'IMAGE', value: (row) => shortId(row.digest) },
  { name: 'Since', heading: 'WHEN', value: (row) => ago(row.time) },
  { name: 'Tag', heading: 'SHADOW TAG', value: (row) => row.tag },
  { name: 'Digest', heading: 'DIGEST', value: (row) => row.digest, hidden: true },
  { name: 'Time', heading: 'TIME', value: (row) => row.time, hidden: true },
];

/** Beside them with --environment. */
const DEPLOYMENT_COLUMNS: readonly Column<Row>[] = [
  { name: 'State', heading: 'DEPLOYMENT', value: (row) => row.state },
  { name: 'Actor', heading: 'BY', value: (row) => row.actor },
  { name: 'Reason', heading: 'WHY', value: (row) => row.reason },
  { name: 'Deployment', heading: 'DEPLOYMENT ID', value: (row) => row.deployment, hidden: true },
];

/** Deployments that are asked for; each costs a request. */
const MOST_DEPLOYMENTS = 30;

export const command: Command = {
  name: 'releases',
  summary: 'Show what a channel named when, the newest first',
  usage: '[OPTIONS] REPOSITORY[:CHANNEL]',
  options: [
    CHANNEL_OPTION,
    {
      name: 'environment',
      type: 'string',
      placeholder: 'NAME',
      help: `The last ${MOST_DEPLOYMENTS} deployments of this GitHub environment as well (needs GITHUB_TOKEN)`,
    },
    { name: 'format', type: 'string', placeholder: 'TEMPLATE', help: 'table, json, or a Go template' },
    { name: 'json', type: 'boolean', help: 'One JSON object a line' },
    ...REGISTRY_OPTIONS,
  ],
  arguments: { min: 1, max: 1 },
  examples: [
    ['containerize releases ghcr.io/owner/app:production', 'What was live'],
    ['containerize releases ghcr.io/owner/app:production --environment production', 'With who, why and how it ended'],
    ['containerize releases ghcr.io/owner/app --json', 'All channels, for a program'],
  ],
  async run(args, context) {
    const reference = parseReference(args.positional[0]!);
    const channel = args.string('channel') ?? reference.tag;
    const environment = args.string('environment');
    const engine = await context.engine();
    const github = environment === undefined ? undefined : await githubOf(context.env, context.cwd, engine);
    const entries = await releaseHistory(engine, repositoryName(reference), channel, {
      registry: registryFlags(args),
      signal: context.signal,
    });
    let noted: NotedEntry[] = entries;
    if (github !== undefined) {
      // the registry decides what is live, and can be read without GitHub
      const deployments = await github.store.deployments(environment!, MOST_DEPLOYMENTS).catch((error: unknown) => {
        const { hint } = error as { hint?: string };
        context.io.stderr.write(
          `warning: the deployments could not be read: ${messageOf(error)}${hint === undefined ? '' : ` (${hint})`}\n`,
        );
        return [];
      });
      noted = withDeployments(entries, deployments, repositoryName(reference));
    }
    const columns = github === undefined ? COLUMNS : [...COLUMNS, ...DEPLOYMENT_COLUMNS];
    printRows(
      context.io.stdout,
      columns,
      noted.toReversed().map(rowOf),
      args.flag('json') ? 'json' : args.string('format'),
    );
    return 0;
  },
};

function rowOf({ channel = '', event, digest, time, tag = '', deployment }: NotedEntry): Row {
  return {
    channel,
    event,
    digest,
    time: time.toISOString(),
    tag,
    state: deployment?.state ?? '',
    deployment: deployment === undefined ? '' : String(deployment.id),
    actor: deployment?.payload.actor ?? '',
    reason: deployment?.payload.reason ?? '',
  };
}

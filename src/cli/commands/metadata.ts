import { readRepositoryContext } from '../../door/repository-context.ts';
import { bakeFile, metadataOf } from '../../release/tags/metadata.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'metadata',
  summary: 'Show the tags and labels that rules give for this commit or event',
  usage: '[OPTIONS]',
  options: [
    { name: 'image', short: 'i', type: 'list', placeholder: 'NAME', help: 'Repository that the tags are for' },
    {
      name: 'tag',
      short: 't',
      type: 'list',
      placeholder: 'RULE',
      help: 'Rule in the language of docker/metadata-action, such as type=semver,pattern={{version}}',
    },
    { name: 'flavor', type: 'list', placeholder: 'FLAVOR', help: 'latest=auto|highest|true|false, prefix=…, suffix=…' },
    { name: 'label', type: 'list', placeholder: 'KEY=VALUE', help: 'Label beside those of the repository' },
    { name: 'annotation', type: 'list', placeholder: 'KEY=VALUE', help: 'Annotation beside those of the repository' },
    {
      name: 'show',
      type: 'string',
      choices: ['tags', 'labels', 'annotations', 'json', 'bake', 'rules'],
      help: 'What to print: tags (the default), labels, annotations, json, bake, or rules with what became of each',
    },
  ],
  arguments: { max: 0 },
  examples: [
    ['containerize metadata -i ghcr.io/owner/app', 'Tags of this commit by the default rules'],
    [
      'containerize metadata -t type=semver,pattern={{major}}.{{minor}} -t type=sha --show rules',
      'Why each rule gave what',
    ],
  ],
  async run(args, context) {
    const facts = await readRepositoryContext(context.env, context.cwd);
    const metadata = metadataOf(
      {
        images: args.list('image'),
        tags: args.list('tag'),
        flavor: args.list('flavor'),
        labels: args.list('label'),
        annotations: args.list('annotation'),
      },
      facts,
      new Date(),
    );
    for (const warning of metadata.warnings) context.io.stderr.write(`warning: ${warning}\n`);
    context.io.stdout.write(`${shown(args.string('show') ?? 'tags').join('\n')}\n`);
    return 0;

    function shown(what: string): string[] {
      if (what === 'labels') return Object.entries(metadata.labels).map(([key, value]) => `${key}=${value}`);
      if (what === 'annotations') return metadata.annotations;
      if (what === 'json') return [JSON.stringify(metadata.json)];
      if (what === 'bake') return [bakeFile(metadata, 'docker-metadata-action', ['tags', 'labels', 'annotations'])];
      if (what === 'tags') return metadata.tags;
      return metadata.outcomes.map(({ rule, tag, skipped }) => `${rule}: ${[tag, skipped].filter(Boolean).join(', ')}`);
    }
  },
};

import { stringify } from 'yaml';
import { ACTION } from './action.ts';
import type { ProposedImage, ProposedTest } from './proposal.ts';

const [PROJECT, VERSION] = ACTION.split('@');
const SCHEMA = `https://raw.githubusercontent.com/${PROJECT}/${VERSION}/schema/containerize.schema.json`;
const TAGS = ['type=ref,event=branch', 'type=ref,event=pr', 'type=semver,pattern={{version}}', 'type=sha'];

/** The first containerize.yml, with what a reader needs to go on. */
export function configText(images: readonly ProposedImage[], notes: readonly string[]): string {
  const head = [
    `# yaml-language-server: $schema=${SCHEMA}`,
    '# containerize ci runs this, on a laptop as in CI; containerize ci --plan says what it would do.',
    ...notes.map((note) => `# note: ${note.replace(/\s+/g, ' ')}`),
  ];
  const [only] = images;
  if (images.length === 1) return `${[...head, ...imageLines(only!, TAGS)].join('\n')}\n`;
  const shared = images.every(({ tags }) => tags.length === 0);
  const lines = [
    ...head,
    ...(shared ? yaml({ tags: TAGS }) : []),
    '# build an image only when something of it changed since the base commit: changed: auto',
    'images:',
    ...images.flatMap((image) => [
      `  ${image.key}:`,
      ...imageLines(image, shared ? [] : TAGS).map((line) => `    ${line}`),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

function imageLines(image: ProposedImage, tags: readonly string[]): string[] {
  const { repositories, context, dockerfile, target, args, contexts, platforms, secrets, cacheFrom, cacheTo } = image;
  const build = {
    context,
    ...(dockerfile === undefined ? {} : { dockerfile }),
    ...(target === undefined ? {} : { target }),
    ...list('args', args),
    ...list('additional_contexts', contexts),
    ...list('platforms', platforms),
    ...(Object.keys(secrets).length === 0 ? {} : { secrets }),
    ...list('cache_from', cacheFrom),
    ...list('cache_to', cacheTo),
  };
  return [
    `# from ${image.from}`,
    ...(repositories.length === 0 ? [] : yaml({ image: repositories.length === 1 ? repositories[0] : repositories })),
    ...yaml({ build }),
    ...testLines(image.tests),
    ...(image.tags.length > 0 || tags.length > 0 ? yaml({ tags: image.tags.length > 0 ? image.tags : tags }) : []),
    ...yaml({
      ...list('flavor', image.flavor),
      ...list('labels', image.labels),
      ...list('annotations', image.annotations),
    }),
    ...(image.push === undefined ? [] : yaml({ push: image.push })),
  ];
}

/** Tests that may not work are comments: a first run should show what is there, not what was guessed. */
function testLines(tests: readonly ProposedTest[]): string[] {
  const sure = tests.filter((test) => test.sure);
  return [
    '# what must succeed in the image before it is pushed: commands, stages of the Dockerfile, image checks',
    ...tests
      .filter((test) => !test.sure)
      .flatMap((test) => [`# ${test.why}:`, ...entry(test).map((line) => `# ${line}`)]),
    ...(sure.length === 0 ? ['tests: []'] : ['tests:', ...sure.flatMap((test) => [`  # ${test.why}`, ...entry(test)])]),
  ];
}

function entry({ run, target, network }: ProposedTest): string[] {
  const settings = {
    ...(run === undefined ? {} : { run }),
    ...(target === undefined ? {} : { target }),
    ...(network === undefined ? {} : { network }),
  };
  const value = run !== undefined && Object.keys(settings).length === 1 ? run : settings;
  return yaml([value]).map((line) => `  ${line}`);
}

function list(key: string, values: readonly string[]): Record<string, readonly string[]> {
  return values.length === 0 ? {} : { [key]: values };
}

function yaml(value: object): string[] {
  if (!Array.isArray(value) && Object.keys(value).length === 0) return [];
  return stringify(value, { lineWidth: 0 }).trimEnd().split('\n');
}

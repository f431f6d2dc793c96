import { join } from 'node:path';
import type { AddInstruction, CopyInstruction, Stage, Word } from '../dockerfile/instruction.ts';
import type { Read, StepFactoryOptions } from './factory-options.ts';
import type { LayerStep } from './graph-options.ts';
import type { AddStep } from './ops/add.ts';
import { type CopyStep, copyOp } from './ops/copy.ts';
import type { StageState } from './stage-state.ts';
import type { Vertex } from './vertex.ts';

/** COPY and ADD with everything expanded, and their source resolved. */
export async function transferStep(
  instruction: CopyInstruction | AddInstruction,
  state: StageState,
  read: Read,
  stage: Stage,
  text: string,
  options: StepFactoryOptions,
): Promise<LayerStep> {
  const { scope } = state;
  const word = (w: Word) => ({ text: scope.expand(w), location: w.location });
  const { chown, chmod, location } = instruction;
  const inputs: Vertex[] = [];
  const sources = instruction.sources.map(word);
  const heredocs = instruction.heredocs.map((heredoc) => ({
    name: heredoc.name,
    content: scope.expandHeredoc(heredoc),
  }));
  const destination = word(instruction.destination);
  const from = instruction.kind === 'copy' ? instruction.from : undefined;
  const shown = [
    instruction.kind.toUpperCase(),
    ...(chown === undefined ? [] : [`--chown=${scope.expand(chown)}`]),
    ...(chmod === undefined ? [] : [`--chmod=${scope.expand(chmod)}`]),
    ...(instruction.link ? ['--link'] : []),
    ...sources.map((source) => source.text),
    ...heredocs.map((heredoc) => `<<${heredoc.name}`),
    destination.text,
  ];
  const step: Omit<CopyStep, 'kind'> = {
    sources,
    heredocs,
    destination,
    ...(chown === undefined ? {} : { chown: word(chown) }),
    ...(chmod === undefined ? {} : { chmod: word(chmod) }),
    link: instruction.link,
    parents: instruction.kind === 'copy' && instruction.parents,
    exclude: instruction.exclude.map(word),
    workdir: state.workdir,
    source: await sourceOf(from, sources.some(isLocal), read, stage, inputs, options, location),
    history: `${shown.join(' ')} # buildkit`,
    location,
  };
  if (instruction.kind === 'copy') return { op: copyOp({ ...step, kind: 'COPY' }), inputs, text };
  const add: AddStep = {
    ...step,
    kind: 'ADD',
    ...(instruction.checksum === undefined ? {} : { checksum: word(instruction.checksum) }),
    keepGitDir: instruction.keepGitDir,
    ...(instruction.unpack === undefined ? {} : { unpack: instruction.unpack }),
  };
  const [{ addOp }, { withAuth }, { DownloadMemory }] = await Promise.all([
    import('./ops/add.ts'),
    import('./context/download-auth.ts'),
    import('./context/download-memory.ts'),
  ]);
  const { services, secrets } = options;
  const memory = new DownloadMemory(join(services.root, 'cache', 'downloads'));
  return { op: addOp(add, withAuth(services.download, secrets), memory), inputs, text };
}

/** ADD gets URLs without looking at the context. */
function isLocal({ text }: { text: string }): boolean {
  return !/^https?:\/\//i.test(text);
}

/** `FROM context`: the folder's files become an empty root's. */
export async function folderStep(name: string, empty: Vertex, options: StepFactoryOptions): Promise<Vertex> {
  const location = empty.location!;
  const op = copyOp({
    kind: 'COPY',
    sources: [{ text: '/', location }],
    heredocs: [],
    destination: { text: '/', location },
    link: false,
    parents: false,
    exclude: [],
    workdir: '/',
    source: await options.contexts.folder(name, location),
    history: `COPY ${name} / # buildkit`,
    location,
  });
  return { inputs: [empty], op, platform: empty.platform, name: `[context ${name}] load`, group: name, location };
}

async function sourceOf(
  from: Word | undefined,
  reads: boolean,
  read: Read,
  stage: Stage,
  inputs: Vertex[],
  options: StepFactoryOptions,
  location: Word['location'],
): Promise<CopyStep['source']> {
  const { contexts, stages } = options;
  if (from === undefined) {
    // Heredocs and URLs need no context: a Dockerfile from stdin may have them.
    return reads ? contexts.folder(undefined, location) : contexts.none();
  }
  const found = await read(stages.from(stage, from.text, from.location), from.location);
  if (found.kind === 'folder') return contexts.folder(found.context, from.location);
  inputs.push(found.vertex);
  return { input: inputs.length, name: found.name };
}

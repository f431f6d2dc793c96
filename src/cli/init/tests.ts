import { posix } from 'node:path';
import type { Stage } from '../../dockerfile/instruction.ts';
import type { ProposedImage, ProposedTest } from './proposal.ts';
import type { RepositoryFiles } from './repository-files.ts';

/** A command that a language's files speak of. */
interface Found {
  run: string;
  file: string;
  /** Base images that have the program. */
  bases: RegExp;
}

/** Tests for an image: stages that are called so, and what the files of its language run. */
export async function proposeTests(
  image: ProposedImage,
  stages: readonly Stage[],
  files: RepositoryFiles,
): Promise<ProposedTest[]> {
  const named = stages.filter(({ name }) => name !== undefined && /^(unit-?)?tests?$|^(lint|check)$/.test(name));
  if (named.length > 0)
    return named.map(({ name }) => ({ target: name!, why: 'a stage of the Dockerfile', sure: true }));
  const found = await commandsOf(image.context, files);
  return found.map((command) => placed(command, stages, image.target));
}

/** The stage with the sources and the program: there it can run. */
function placed({ run, file, bases }: Found, stages: readonly Stage[], target: string | undefined): ProposedTest {
  const last = stages.find(({ name }) => target !== undefined && name === target.toLowerCase()) ?? stages.at(-1);
  const able = stages.filter((stage) => bases.test(baseOf(stage, stages)) && chain(stage, stages).some(copiesSources));
  const stage = able.includes(last!) ? last : able.filter(({ name }) => name !== undefined).at(-1);
  if (stage === undefined)
    return { run, why: `${file} has it; the image needs the program and the sources for it`, sure: false };
  const text = chain(stage, stages)
    .flatMap(({ instructions }) => instructions.map(({ original }) => original))
    .join('\n');
  const slim = /--omit[= ]dev|--production\b|NODE_ENV[= ]production|--without[= ](development|test)|--no-dev\b/.test(
    text,
  );
  const cached = /--mount=type=cache/.test(text);
  return {
    run,
    ...(stage === last ? {} : { target: stage.name! }),
    // what a cache mount brought is not in the image
    ...(cached ? { network: 'host' } : {}),
    why: slim ? `${file} has it; what only tests need is not installed in the image` : `from ${file}`,
    sure: !slim,
  };
}

async function commandsOf(context: string, files: RepositoryFiles): Promise<Found[]> {
  const at = (name: string): string => posix.join(context, name);
  const read = (name: string): Promise<string | undefined> => files.read(at(name));
  const found: Found[] = [];
  const manifest = await read('package.json');
  const script = manifest === undefined ? undefined : testScript(manifest);
  if (script !== undefined && !/no test specified/.test(script)) {
    const run = files.has(at('pnpm-lock.yaml')) ? 'pnpm test' : files.has(at('yarn.lock')) ? 'yarn test' : 'npm test';
    found.push({ run, file: 'package.json', bases: /(^|\/)(node|bun|playwright)\b/ });
  }
  if ((await read('go.mod')) !== undefined)
    found.push({ run: 'go test ./...', file: 'go.mod', bases: /(^|\/)(golang|go-toolset)\b/ });
  const python = [
    await read('pyproject.toml'),
    await read('requirements-dev.txt'),
    await read('setup.cfg'),
    await read('requirements.txt'),
  ];
  const text = python.filter((part) => part !== undefined).join('\n');
  const bases = /(^|\/)(python|pypy|uv)\b/;
  if (/\bpytest\b/.test(text)) found.push({ run: 'python -m pytest', file: 'its requirements', bases });
  else if (text !== '' && files.paths.some((path) => posix.dirname(path) === at('tests') && /test_.*\.py$/.test(path)))
    found.push({ run: 'python -m unittest discover', file: 'tests/', bases });
  if ((await read('Cargo.toml')) !== undefined)
    found.push({ run: 'cargo test', file: 'Cargo.toml', bases: /(^|\/)(rust|cargo-chef)\b/ });
  const java = /(^|\/)(maven|gradle|eclipse-temurin|amazoncorretto|openjdk)\b/;
  if ((await read('pom.xml')) !== undefined) {
    const wrapper = files.has(at('mvnw')) ? './mvnw' : 'mvn';
    found.push({ run: `${wrapper} --batch-mode test`, file: 'pom.xml', bases: java });
  } else if ((await read('build.gradle')) !== undefined || (await read('build.gradle.kts')) !== undefined)
    found.push({ run: files.has(at('gradlew')) ? './gradlew test' : 'gradle test', file: 'build.gradle', bases: java });
  const gems = await read('Gemfile');
  if (gems !== undefined) {
    const run = /\brspec/.test(gems)
      ? 'bundle exec rspec'
      : files.has(at('Rakefile'))
        ? 'bundle exec rake test'
        : undefined;
    if (run !== undefined) found.push({ run, file: 'Gemfile', bases: /(^|\/)(ruby|jruby|rails)\b/ });
  }
  return found;
}

function testScript(text: string): string | undefined {
  try {
    const { scripts } = JSON.parse(text) as { scripts?: { test?: unknown } };
    return typeof scripts?.test === 'string' ? scripts.test : undefined;
  } catch {
    return undefined;
  }
}

/** A stage and those that it stands on. */
function chain(stage: Stage, stages: readonly Stage[]): Stage[] {
  const way = [stage];
  for (
    let below = standsOn(stage, stages);
    below !== undefined && !way.includes(below);
    below = standsOn(below, stages)
  )
    way.push(below);
  return way;
}

function standsOn({ from, index }: Stage, stages: readonly Stage[]): Stage | undefined {
  return stages.find(
    ({ name, index: other }) => other < index && name !== undefined && name === from.base.text.toLowerCase(),
  );
}

/** The image below all stages. */
function baseOf(stage: Stage, stages: readonly Stage[]): string {
  return chain(stage, stages).at(-1)!.from.base.text;
}

function copiesSources({ instructions }: Stage): boolean {
  return instructions.some(
    (one) =>
      ((one.kind === 'copy' || one.kind === 'add') &&
        !/--from=/.test(one.original) &&
        /\s(\.|\.\/|src\/?|\S*\/)\s/.test(one.original)) ||
      (one.kind === 'run' && /--mount=type=bind/.test(one.original)),
  );
}

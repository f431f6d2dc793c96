import type { RunConfig } from '../../oci/image-config.ts';
import type { MetadataCheck, Pair, Placed } from './checks.ts';
import { environmentOf } from './environment.ts';
import { type Findings, quoted, textProblems } from './verdict.ts';

/** One thing that a metadata check says, with its verdict. */
export interface MetadataFinding extends Findings {
  name: string;
  line: number;
}

/** Compares an image's config with what is expected of it. */
export function checkMetadata(check: MetadataCheck, config: RunConfig): MetadataFinding[] {
  const env = environmentOf(config.Env ?? []);
  const labels = new Map(Object.entries(config.Labels ?? {}));
  const ports = Object.keys(config.ExposedPorts ?? {});
  const volumes = Object.keys(config.Volumes ?? {});
  const exposed = (port: string): boolean => ports.some((one) => samePort(one, port));
  const mounted = (path: string): boolean => volumes.some((one) => plainPath(one) === plainPath(path));
  const finding = (name: string, line: number, problem: string | undefined): MetadataFinding => ({
    name,
    line,
    problems: problem === undefined ? [] : [problem],
  });
  const lists = { entrypoint: config.Entrypoint ?? [], cmd: config.Cmd ?? [] };
  const texts = { workdir: config.WorkingDir ?? '', user: config.User ?? '' };
  return [
    ...check.env.map((pair) => pairFinding(`environment variable ${pair.key}`, pair, env)),
    ...check.unboundEnv.map(({ value, line }) =>
      finding(
        `no environment variable ${value}`,
        line,
        env.has(value) ? `expected no variable ${value}, found ${quoted(env.get(value)!)}` : undefined,
      ),
    ),
    ...check.labels.map((pair) => pairFinding(`label ${pair.key}`, pair, labels)),
    ...(['entrypoint', 'cmd'] as const).flatMap((name) => listFinding(name, check[name], lists[name])),
    ...(['workdir', 'user'] as const).flatMap((name) => {
      const wanted = check[name];
      if (wanted === undefined) return [];
      const same = wanted.value === texts[name];
      const problem = same ? undefined : `expected ${quoted(wanted.value)}, found ${quoted(texts[name])}`;
      return [finding(name, wanted.line, problem)];
    }),
    ...check.exposedPorts.map(({ value, line }) =>
      finding(
        `port ${value}`,
        line,
        exposed(value) ? undefined : `expected port ${value} to be exposed, found ${listed(ports)}`,
      ),
    ),
    ...check.unexposedPorts.map(({ value, line }) =>
      finding(
        `no port ${value}`,
        line,
        exposed(value) ? `expected port ${value} not to be exposed, found ${listed(ports)}` : undefined,
      ),
    ),
    ...check.volumes.map(({ value, line }) =>
      finding(
        `volume ${value}`,
        line,
        mounted(value) ? undefined : `expected the volume ${value}, found ${listed(volumes)}`,
      ),
    ),
    ...check.unmountedVolumes.map(({ value, line }) =>
      finding(
        `no volume ${value}`,
        line,
        mounted(value) ? `expected no volume ${value}, found ${listed(volumes)}` : undefined,
      ),
    ),
  ];
}

function pairFinding(
  name: string,
  { key, value: wanted, line }: Pair,
  found: ReadonlyMap<string, string>,
): MetadataFinding {
  const text = found.get(key);
  if (text === undefined) return { name, line, problems: [`expected ${name}, found ${listed([...found.keys()])}`] };
  if (typeof wanted !== 'string')
    return { name, line, problems: textProblems(name, { text, whole: true }, { expected: [wanted], excluded: [] }) };
  return { name, line, problems: text === wanted ? [] : [`expected ${quoted(wanted)}, found ${quoted(text)}`] };
}

function listFinding(
  name: string,
  wanted: Placed<readonly string[]> | undefined,
  found: readonly string[],
): MetadataFinding[] {
  if (wanted === undefined) return [];
  const [a, b] = [JSON.stringify(wanted.value), JSON.stringify(found)];
  return [{ name, line: wanted.line, problems: a === b ? [] : [`expected ${a}, found ${b}`] }];
}

/** `80` is a port of any protocol. */
function samePort(found: string, wanted: string): boolean {
  const [number, protocol = 'tcp'] = found.toLowerCase().split('/');
  const [wantedNumber, wantedProtocol] = wanted.toLowerCase().split('/');
  return number === wantedNumber && (wantedProtocol === undefined || protocol === wantedProtocol);
}

function plainPath(path: string): string {
  return path.replace(/(?<=.)\/+$/, '');
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 20).join(', ');
  return names.length === 0 ? 'none' : names.length > 20 ? `${shown}, …` : shown;
}

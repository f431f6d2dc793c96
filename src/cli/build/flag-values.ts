import { resolve } from 'node:path';
import type { AnnotationSet } from '../../build/assemble.ts';
import { splitFields } from '../../build/outputs/output.ts';
import type { NamedContext } from '../../build/request.ts';
import type { SecretSource } from '../../build/secrets.ts';
import { didYouMean } from '../../errors.ts';
import { isDigest } from '../../oci/digest.ts';
import { formatPlatform, hostPlatform, type Platform, parsePlatform, samePlatform } from '../../oci/platform.ts';
import { badValue } from '../arguments.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** `NAME=VALUE`; a bare `NAME` takes the environment's value, and is left out when there is none. */
export function parseBuildArgs(values: readonly string[], env: Env): Record<string, string> {
  const result: Record<string, string> = {};
  for (const value of values) {
    const equals = value.indexOf('=');
    if (equals === 0) throw badValue('build-arg', 'NAME=VALUE', value);
    if (equals > 0) result[value.slice(0, equals)] = value.slice(equals + 1);
    else if (env[value] !== undefined) result[value] = env[value];
  }
  return result;
}

/** `KEY=VALUE`; a bare `KEY` has an empty value. */
export function parseLabels(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    values.map((value) => {
      const equals = value.indexOf('=');
      if (equals === 0 || value === '') throw badValue('label', 'KEY=VALUE', value);
      return equals < 0 ? [value, ''] : [value.slice(0, equals), value.slice(equals + 1)];
    }),
  );
}

/** `linux/amd64,linux/arm64`, several times; each platform once. */
export function parsePlatforms(values: readonly string[]): Platform[] {
  const all = values.flatMap((value) => value.split(',')).map((text) => text.trim());
  const found: Platform[] = [];
  for (const text of all.filter((word) => word !== '')) {
    const platform = text === 'local' ? hostPlatform() : parsePlatform(text);
    if (!found.some((other) => samePlatform(other, platform))) found.push(platform);
  }
  return found;
}

/** `id=X,src=FILE`, `id=X,env=NAME`, `id=X`: then a variable of that name, else a file. */
export function parseSecrets(values: readonly string[], env: Env, cwd: string): Map<string, SecretSource> {
  const secrets = new Map<string, SecretSource>();
  for (const value of values) {
    const fields = keyed(value, 'secret', ['id', 'src', 'source', 'env', 'type']);
    const type = fields.get('type');
    if (type !== undefined && type !== 'file' && type !== 'env')
      throw badValue('secret', 'type=file or type=env', type);
    const source = fields.get('src') ?? fields.get('source');
    const id = fields.get('id') ?? source ?? '';
    if (id === '') throw badValue('secret', 'id=ID', value);
    const variable =
      fields.get('env') ??
      (type === 'env' ? (source ?? id) : undefined) ??
      (source === undefined && type !== 'file' && env[id] !== undefined ? id : undefined);
    if (variable === undefined) {
      secrets.set(id, { file: resolve(cwd, source ?? id) });
      continue;
    }
    const content = env[variable];
    if (content === undefined) throw badValue('secret', `the variable ${variable} to be set`, value);
    secrets.set(id, { value: Buffer.from(content) });
  }
  return secrets;
}

/** `default` (the environment's agent), `ID=SOCKET`. */
export function parseSsh(values: readonly string[], env: Env, cwd: string): Map<string, string> {
  return new Map(
    values.map((value) => {
      const [id = '', path] = splitOnce(value, '=');
      if (id === '') throw badValue('ssh', 'default or ID=SOCKET', value);
      const socket = path ?? env.SSH_AUTH_SOCK;
      if (socket === undefined || socket === '')
        throw badValue(
          'ssh',
          'a running ssh agent (SSH_AUTH_SOCK is not set)',
          value,
          'start one and add your key: eval $(ssh-agent) && ssh-add',
        );
      return [id, resolve(cwd, socket)];
    }),
  );
}

/** `NAME=FOLDER`, `NAME=docker-image://…`, `NAME=oci-layout://…`. */
export function parseContexts(values: readonly string[], cwd: string): Map<string, NamedContext> {
  return new Map(
    values.map((value): [string, NamedContext] => {
      const [name = '', source] = splitOnce(value, '=');
      if (name === '' || source === undefined || source === '') throw badValue('build-context', 'NAME=SOURCE', value);
      if (source.startsWith('docker-image://'))
        return [name, { kind: 'image', reference: source.slice('docker-image://'.length) }];
      if (source.startsWith('oci-layout://')) return [name, layout(source.slice('oci-layout://'.length), cwd)];
      if (/^(https?|git|ssh|target|input):/.test(source) || source.startsWith('git@'))
        throw badValue(
          'build-context',
          'a folder, docker-image:// or oci-layout://',
          value,
          'git and HTTP contexts are not there yet: fetch it first',
        );
      return [name, { kind: 'folder', path: resolve(cwd, source) }];
    }),
  );
}

function layout(text: string, cwd: string): NamedContext {
  // the last one: a folder may have an @ in its name
  const at = text.lastIndexOf('@');
  const digest = text.slice(at + 1);
  if (at >= 0 && isDigest(digest)) return { kind: 'layout', path: resolve(cwd, text.slice(0, at)), digest };
  const colon = text.lastIndexOf(':');
  if (colon > text.lastIndexOf('/'))
    return { kind: 'layout', path: resolve(cwd, text.slice(0, colon)), tag: text.slice(colon + 1) };
  return { kind: 'layout', path: resolve(cwd, text) };
}

const ANNOTATION_KINDS = ['manifest', 'manifest-descriptor', 'index', 'index-descriptor'];

/** `[TYPE[PLATFORM],…:]KEY=VALUE`. Which platform gets what. */
export function parseAnnotations(values: readonly string[]): (platform: Platform) => AnnotationSet {
  const parsed = values.map((value) => {
    const [, prefix, key, content] = /^(?:([a-z,[\]/\-0-9]+):)?([^=:][^=]*)=(.*)$/s.exec(value) ?? [];
    const kinds = (prefix === undefined ? 'manifest' : prefix)
      .split(',')
      .map((kind) => /^([a-z-]+)(?:\[(.+)\])?$/.exec(kind));
    if (key === undefined || kinds.some((kind) => kind === null))
      throw badValue('annotation', '[TYPE:]KEY=VALUE', value);
    for (const kind of kinds)
      if (!ANNOTATION_KINDS.includes(kind![1]!))
        throw badValue(
          'annotation',
          `one of ${ANNOTATION_KINDS.join(', ')}${didYouMean(kind![1]!, ANNOTATION_KINDS)}`,
          value,
        );
    return {
      key,
      content: content!,
      kinds: kinds.map((kind) => ({
        kind: kind![1]!,
        platform: kind![2] === undefined ? undefined : formatPlatform(parsePlatform(kind![2])),
      })),
    };
  });
  return (platform) => {
    const set: AnnotationSet = { manifest: {}, manifestDescriptor: {}, index: {} };
    const own = formatPlatform(platform);
    for (const { key, content, kinds } of parsed) {
      for (const { kind, platform: wanted } of kinds) {
        if (wanted !== undefined && wanted !== own) continue;
        if (kind === 'manifest') set.manifest[key] = content;
        else if (kind === 'manifest-descriptor') set.manifestDescriptor[key] = content;
        else if (kind === 'index') set.index[key] = content;
      }
    }
    return set;
  };
}

function keyed(value: string, flag: string, known: readonly string[]): Map<string, string> {
  return new Map(
    splitFields(value).map((field): [string, string] => {
      const [key = '', content] = splitOnce(field, '=');
      if (content === undefined || !known.includes(key.toLowerCase()))
        throw badValue(flag, `fields ${known.join('=, ')}=`, `${field}${didYouMean(key, known)}`);
      return [key.toLowerCase(), content];
    }),
  );
}

/** What is before and after the first separator. */
export function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

import type {
  Checks,
  CommandCheck,
  ContentCheck,
  ExistenceCheck,
  LicenseCheck,
  MetadataCheck,
  Placed,
} from './checks.ts';
import { runOptions } from './parse-options.ts';
import { each, expectations, pair, variables } from './parse-values.ts';
import { YamlValue } from './yaml-value.ts';

const MAX_ID = 2 ** 32 - 2;
/** What Go and `ls` make of a mode; they differ in links, set-id bits and sticky bits. */
const PERMISSIONS = /^[-a-zA-Z?]{1,5}(?:[-r][-w][-xsStT]){3}$/;

/** Reads checks as container-structure-test writes them, YAML or JSON. @throws TestingError `bad-checks`, with the place */
export function parseChecks(text: string, file: string): Checks {
  const root = YamlValue.parse(text, file);
  const keys = root.keys(
    'schemaVersion',
    'globalEnvVars',
    'commandTests',
    'fileExistenceTests',
    'fileContentTests',
    'metadataTest',
    'licenseTests',
    'containerRunOptions',
  );
  const version = keys.schemaVersion?.text();
  if (version !== '2.0.0')
    (keys.schemaVersion ?? root).fail(
      version === undefined ? 'schemaVersion is missing' : `expected 2.0.0, found "${version}"`,
      'write schemaVersion: 2.0.0 at the beginning; older schemas are not read',
    );
  const checks: Checks = {
    file,
    globalEnv: variables(keys.globalEnvVars),
    commands: each(keys.commandTests, commandCheck),
    existence: each(keys.fileExistenceTests, existenceCheck),
    contents: each(keys.fileContentTests, contentCheck),
    metadata: keys.metadataTest && metadataCheck(keys.metadataTest),
    licenses: each(keys.licenseTests, licenseCheck),
    options: runOptions(keys.containerRunOptions),
  };
  const { commands, existence, contents, metadata, licenses } = checks;
  if (metadata === undefined && [commands, existence, contents, licenses].every(({ length }) => length === 0))
    root.fail('no check is in this file', 'add commandTests, fileExistenceTests, fileContentTests or a metadataTest');
  return checks;
}

function nameOf(name: YamlValue | undefined, value: YamlValue): string {
  return name?.filled() ?? value.fail('name is missing');
}

function commandCheck(value: YamlValue): CommandCheck {
  const keys = value.keys(
    'name',
    'setup',
    'teardown',
    'envVars',
    'exitCode',
    'command',
    'args',
    'expectedOutput',
    'excludedOutput',
    'expectedError',
    'excludedError',
  );
  const words = (one: YamlValue): string[] => {
    const found = one.texts();
    return found.length === 0 ? one.fail('expected a program and its arguments, found an empty list') : found;
  };
  return {
    name: nameOf(keys.name, value),
    line: value.line,
    env: variables(keys.envVars),
    setup: each(keys.setup, words),
    teardown: each(keys.teardown, words),
    command: [keys.command?.filled() ?? value.fail('command is missing'), ...(keys.args?.texts() ?? [])],
    exitCode: keys.exitCode?.integer(0, 255) ?? 0,
    stdout: expectations(keys.expectedOutput, keys.excludedOutput),
    stderr: expectations(keys.expectedError, keys.excludedError),
  };
}

function existenceCheck(value: YamlValue): ExistenceCheck {
  const keys = value.keys('name', 'path', 'shouldExist', 'permissions', 'uid', 'gid', 'isExecutableBy');
  const { permissions } = keys;
  const wanted = permissions?.text();
  if (wanted !== undefined && !PERMISSIONS.test(wanted))
    permissions!.fail(`expected a mode such as -rw-r--r--, found "${wanted}"`, 'write it as ls -l does');
  const check: ExistenceCheck = {
    name: nameOf(keys.name, value),
    line: value.line,
    path: pathOf(keys.path, value),
    shouldExist: keys.shouldExist?.flag() ?? true,
    ...(wanted === undefined ? {} : { permissions: wanted }),
    ...(keys.uid === undefined ? {} : { uid: keys.uid.integer(0, MAX_ID) }),
    ...(keys.gid === undefined ? {} : { gid: keys.gid.integer(0, MAX_ID) }),
    ...(keys.isExecutableBy === undefined
      ? {}
      : { executableBy: keys.isExecutableBy.choice('owner', 'group', 'other', 'any') }),
  };
  const more = permissions ?? keys.uid ?? keys.gid ?? keys.isExecutableBy;
  if (!check.shouldExist && more !== undefined) more.fail('a file that should not exist has neither mode nor owner');
  return check;
}

function contentCheck(value: YamlValue): ContentCheck {
  const keys = value.keys('name', 'path', 'expectedContents', 'excludedContents');
  return {
    name: nameOf(keys.name, value),
    line: value.line,
    path: pathOf(keys.path, value),
    contents: expectations(keys.expectedContents, keys.excludedContents),
  };
}

function metadataCheck(value: YamlValue): MetadataCheck {
  const keys = value.keys(
    'env',
    'envVars',
    'unboundEnvVars',
    'labels',
    'entrypoint',
    'cmd',
    'workdir',
    'user',
    'exposedPorts',
    'unexposedPorts',
    'volumes',
    'unmountedVolumes',
  );
  const placed = <T>(one: YamlValue | undefined, read: (one: YamlValue) => T): Placed<T> | undefined =>
    one && { line: one.line, value: read(one) };
  const names = (one: YamlValue | undefined): Placed<string>[] =>
    each(one, (item) => ({ line: item.line, value: item.filled() }));
  const [entrypoint, cmd] = [keys.entrypoint, keys.cmd].map((one) => placed(one, (list) => list.texts()));
  // the original does not look at empty ones
  const [workdir, user] = [keys.workdir, keys.user].map((one) =>
    one?.text() ? placed(one, (t) => t.text()) : undefined,
  );
  return {
    env: [...each(keys.env, pair), ...each(keys.envVars, pair)],
    unboundEnv: each(keys.unboundEnvVars, (one) => {
      const { key } = one.keys('key', 'value', 'isRegex');
      return { line: one.line, value: key?.filled() ?? one.fail('key is missing') };
    }),
    labels: each(keys.labels, pair),
    ...(entrypoint && { entrypoint }),
    ...(cmd && { cmd }),
    ...(workdir && { workdir }),
    ...(user && { user }),
    exposedPorts: names(keys.exposedPorts),
    unexposedPorts: names(keys.unexposedPorts),
    volumes: names(keys.volumes),
    unmountedVolumes: names(keys.unmountedVolumes),
  };
}

function licenseCheck(value: YamlValue): LicenseCheck {
  const keys = value.keys('debian', 'files');
  const check = {
    line: value.line,
    debian: keys.debian?.flag() ?? false,
    files: each(keys.files, (file) => pathOf(file, value)),
  };
  if (!check.debian && check.files.length === 0) value.fail('expected debian: true, or files to read');
  return check;
}

function pathOf(path: YamlValue | undefined, owner: YamlValue): string {
  const text = path?.filled() ?? owner.fail('path is missing');
  return text.includes('\0') ? path!.fail('a path has no zero byte') : text;
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { defaultApparmorProfile, isApparmorOn } from '../../src/container/apparmor.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('apparmor');

function files(enabled: string | undefined, loaded: string | undefined) {
  const at = (name: string, text: string | undefined): string => {
    const path = join(folder, `${name}-${Math.random()}`);
    if (text !== undefined) writeFileSync(path, text);
    return path;
  };
  return { enabled: at('enabled', enabled), loaded: at('loaded', loaded) };
}

test('the profile of our own comes before docker’s, and only what is loaded is used', () => {
  const both = '/usr/bin/man (enforce)\ndocker-default (enforce)\ncontainerize-default (complain)\n';
  expect(defaultApparmorProfile(files('Y\n', both))).toBe('containerize-default');
  expect(defaultApparmorProfile(files('Y\n', 'a docker-default (enforce)\ndocker-default (enforce)\n'))).toBe(
    'docker-default',
  );
  expect(defaultApparmorProfile(files('Y\n', 'docker-default//child (enforce)\nmy docker-default (enforce)\n'))).toBe(
    undefined,
  );
});

test('without AppArmor, or where its list cannot be read, there is none', () => {
  expect(defaultApparmorProfile(files('N\n', 'docker-default (enforce)\n'))).toBe(undefined);
  expect(defaultApparmorProfile(files(undefined, 'docker-default (enforce)\n'))).toBe(undefined);
  expect(defaultApparmorProfile(files('Y\n', undefined))).toBe(undefined);
  expect(isApparmorOn(files('Y\n', undefined).enabled)).toBe(true);
});

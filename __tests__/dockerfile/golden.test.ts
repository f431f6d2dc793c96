import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { DockerfileError } from '../../src/dockerfile/error.ts';
import { formatExcerpt } from '../../src/dockerfile/excerpt.ts';
import { parseDockerfile } from '../../src/dockerfile/parse.ts';
import type { SourceLocation } from '../../src/errors.ts';

/**
 * Pairs of a Dockerfile and what it means, and of a wrong one and what its user reads. To write the results of new
 * pairs, set CONTAINERIZE_GOLDEN=write, and read them before they are committed.
 */
const writes = process.env.CONTAINERIZE_GOLDEN === 'write';
const here = import.meta.dirname;

function place(location: SourceLocation): string {
  return `${location.line}:${location.column}-${location.endLine}:${location.endColumn}`;
}

/** Without the file's text, and places on one line each. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, v) => (key === 'location' ? place(v as SourceLocation) : v)),
    (key, v) => (key === 'file' ? undefined : v),
  );
}

describe('what a Dockerfile means', () => {
  for (const name of readdirSync(join(here, 'cases'))) {
    test(name.replaceAll('-', ' '), () => {
      const { text: _, ...parsed } = parseDockerfile(
        readFileSync(join(here, 'cases', name, 'Dockerfile'), 'utf8'),
        'Dockerfile',
      );
      const file = join(here, 'cases', name, 'result.json');
      if (writes && !existsSync(file)) writeFileSync(file, `${JSON.stringify(plain(parsed), null, 2)}\n`);
      expect(plain(parsed)).toEqual(JSON.parse(readFileSync(file, 'utf8')));
    });
  }
});

describe('what the user of a wrong Dockerfile reads', () => {
  for (const name of readdirSync(join(here, 'errors')).filter((file) => !file.endsWith('.txt'))) {
    test(name.replaceAll('-', ' '), () => {
      let error: unknown;
      try {
        parseDockerfile(readFileSync(join(here, 'errors', name), 'utf8'), 'Dockerfile');
      } catch (e) {
        error = e;
      }
      expect(error).toBeInstanceOf(DockerfileError);
      const { code, message, hint, location } = error as DockerfileError;
      const shown = `${code}\n${message}\n${hint === undefined ? '' : `hint: ${hint}\n`}${formatExcerpt(location!)}\n`;
      const file = join(here, 'errors', `${name}.txt`);
      if (writes && !existsSync(file)) writeFileSync(file, shown);
      expect(shown).toBe(readFileSync(file, 'utf8'));
    });
  }
});

import { expect, test } from '@jest/globals';
import { lowerCasedWords } from '../../src/cli/job/lower-words.ts';

test.each([
  ['--cache-from=type=registry,ref=ghcr.io/Octo/App:Cache', '--cache-from=type=registry,ref=ghcr.io/octo/app:Cache'],
  ['--cache-from=ghcr.io/Octo/App', '--cache-from=ghcr.io/octo/app'],
  [
    '--cache-to=ref=r.example:5000/A/b,type=registry,mode=max',
    '--cache-to=ref=r.example:5000/a/b,type=registry,mode=max',
  ],
  ['--cache-to=type=local,dest=/tmp/Cache', '--cache-to=type=local,dest=/tmp/Cache'],
  ['--output=type=image,name=ghcr.io/Octo/App,push=true', '--output=type=image,name=ghcr.io/octo/app,push=true'],
  ['--output=type=image,"name=r/A:X,r/B",push=true', '--output=type=image,"name=r/a:X,r/b",push=true'],
  ['--output=type=local,dest=Out', '--output=type=local,dest=Out'],
  ['--build-arg=name=Octo', '--build-arg=name=Octo'],
])('%s → %s', (word, lower) => {
  expect(lowerCasedWords([word, '--', word])).toEqual([lower, '--', word]);
});

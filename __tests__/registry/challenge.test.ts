import { expect, test } from '@jest/globals';
import { parseChallenges } from '../../src/registry/challenge.ts';

test.each<[string | string[] | undefined, unknown]>([
  [undefined, []],
  ['Basic realm="r"', [{ scheme: 'basic', parameters: { realm: 'r' } }]],
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
    [
      {
        scheme: 'bearer',
        parameters: {
          realm: 'https://auth.docker.io/token',
          service: 'registry.docker.io',
          scope: 'repository:a/b:pull,push',
        },
      },
    ],
  ],
  // Several in one header, and in several headers.
  [
    'Basic realm="a, b", Bearer realm=c',
    [
      { scheme: 'basic', parameters: { realm: 'a, b' } },
      { scheme: 'bearer', parameters: { realm: 'c' } },
    ],
  ],
  [
    ['Negotiate', 'Basic realm="x"'],
    [
      { scheme: 'negotiate', parameters: {} },
      { scheme: 'basic', parameters: { realm: 'x' } },
    ],
  ],
  // Quotes inside quotes, spaces around the sign, upper case.
  [
    'BEARER Realm = "say \\"hi\\"" , SERVICE=s',
    [{ scheme: 'bearer', parameters: { realm: 'say "hi"', service: 's' } }],
  ],
  // Nonsense is left out.
  ['', []],
  ['="x"', []],
  ['realm="x"', []],
])('%j', (header, expected) => {
  expect(parseChallenges(header)).toEqual(expected);
});

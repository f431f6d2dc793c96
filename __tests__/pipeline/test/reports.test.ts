import { expect, test } from '@jest/globals';
import { repositoryOf } from '../../../src/pipeline/test/reports.ts';

test.each([
  ['.', '/work', '.'],
  ['services/api', '/work', 'services/api'],
  ['/work/services/api/', '/work', 'services/api'],
  ['/work', '/work', '.'],
  ['..hidden', '/work', '..hidden'],
  // a commit that was fetched for an empty workspace
  ['/temp/context-1', '/temp/context-1', '.'],
  ['..', '/', '.'],
])('of a context %s sources are looked for in %s, first in %s', (context, folder, inside) => {
  expect(repositoryOf('/work', context)).toEqual({ folder, context: inside });
});

import { describe, expect, test } from '@jest/globals';
import { ListError, parseList, parseListItems } from '../src/lists.ts';

describe('a list, as the docker actions read it', () => {
  test.each([
    ['lines', 'a\nb\n\n  c  \n', {}, ['a', 'b', 'c']],
    ['commas', 'a,b , c', {}, ['a', 'b', 'c']],
    [
      'commas that belong to the item',
      'type=local,src=x\ntype=gha',
      { ignoreComma: true },
      ['type=local,src=x', 'type=gha'],
    ],
    ['quoted commas', '"a,b",c', {}, ['a,b', 'c']],
    [
      'quoted line ends and quotes',
      '"MULTI=one\ntwo ""three"""\nB=1',
      { ignoreComma: true },
      ['MULTI=one\ntwo "three"', 'B=1'],
    ],
    ['a quote inside a field', 'A=say "hi"\nB', {}, ['A=say "hi"', 'B']],
    ['text behind a closing quote', '"a"b,c', {}, ['"a"b', 'c']],
    ['Windows line ends', 'a\r\n"b,c"\r\nd', {}, ['a', 'b,c', 'd']],
    ['quotes that are characters', 'type=local,dest="x', { ignoreComma: true, noQuotes: true }, ['type=local,dest="x']],
    ['comments at the beginning of a line alone', '# no\n  # neither\nfoo#bar', { comment: '#' }, ['foo#bar']],
    ['blanks of secrets', 'A= b ', { keepBlanks: true, ignoreComma: true }, ['A= b ']],
    ['nothing', '\n , \n', {}, []],
  ])('%s', (_what, text, options, expected) => {
    expect(parseList(text, options)).toEqual(expected);
  });

  test('says where a quote is not closed, and never what the text is', () => {
    const parse = () => parseList('ok\n"SECRET=hunter2\nmore', { name: 'secrets' });
    expect(parse).toThrow(ListError);
    expect(parse).toThrow('secrets: the quote in line 2 is not closed');
    expect(parse).not.toThrow(/hunter2/);
  });

  test('knows the line of each item', () => {
    expect(parseListItems('a\n\n"b\nc"\nd')).toEqual([
      { text: 'a', line: 1 },
      { text: 'b\nc', line: 3 },
      { text: 'd', line: 5 },
    ]);
  });
});

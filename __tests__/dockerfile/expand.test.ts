import { describe, expect, test } from '@jest/globals';
import { ExpansionFault, expand } from '../../src/dockerfile/expand.ts';

const variables: Record<string, string> = {
  A: 'alpha',
  EMPTY: '',
  SPACES: ' one  two ',
  PATH: '/usr/bin:/bin',
  FILE: 'archive.tar.gz',
  STARS: 'a*b*c',
  LINES: 'one\ntwo',
  SLASHED: '/tmp/foo.txt',
  ünï: 'ok',
  _x1: 'under',
};

function value(text: string, options: Partial<Parameters<typeof expand>[1]> = {}): string {
  return expand(text, { escape: '\\', lookup: (name) => variables[name], ...options }).value;
}

function words(text: string): string[] {
  return expand(text, { escape: '\\', lookup: (name) => variables[name] }).words;
}

describe('a word with variables', () => {
  test.each([
    ['plain', 'plain'],
    ['', ''],
    ['$A', 'alpha'],
    ['${A}', 'alpha'],
    ['x${A}y$A', 'xalphayalpha'],
    ['$A$A', 'alphaalpha'],
    ['$A-b', 'alpha-b'],
    ['$Ab', ''],
    ['$_x1', 'under'],
    ['$ünï', 'ok'],
    ['$UNSET', ''],
    ['${UNSET}', ''],
    ['$', '$'],
    ['a$', 'a$'],
    ['$/x', '$/x'],
    ['a $ b', 'a $ b'],
    ['$1', ''],
    ['$12x', 'x'],
    ['$@$*$#$?$-$$$!$0', ''],
    // default, alternative, required
    ['${UNSET:-d}', 'd'],
    ['${UNSET-d}', 'd'],
    ['${EMPTY:-d}', 'd'],
    ['${EMPTY-d}', ''],
    ['${A:-d}', 'alpha'],
    ['${UNSET:-}', ''],
    ['${UNSET:+a}', ''],
    ['${UNSET+a}', ''],
    ['${EMPTY:+a}', ''],
    ['${EMPTY+a}', 'a'],
    ['${A:+a}', 'a'],
    ['${A:?m}', 'alpha'],
    ['${EMPTY?m}', ''],
    ['${UNSET:-${A}}', 'alpha'],
    ['${UNSET:-${UNSET:-${A}}}', 'alpha'],
    ['${UNSET:-$A b}', 'alpha b'],
    ['${UNSET:-"a}b"}', 'a}b'],
    ["${UNSET:-'$A'}", '$A'],
    ['${UNSET:-\\}}', '}'],
    // prefixes and suffixes
    ['${PATH#*/}', 'usr/bin:/bin'],
    ['${PATH##*/}', 'bin'],
    ['${PATH%/*}', '/usr/bin:'],
    ['${PATH%%/*}', ''],
    ['${FILE%.*}', 'archive.tar'],
    ['${FILE%%.*}', 'archive'],
    ['${FILE#*.}', 'tar.gz'],
    ['${FILE##*.}', 'gz'],
    ['${FILE#arch?ve}', '.tar.gz'],
    ['${FILE#nothing}', 'archive.tar.gz'],
    ['${FILE#}', 'archive.tar.gz'],
    ['${FILE%z}', 'archive.tar.g'],
    ['${STARS#a\\*}', 'b*c'],
    ['${STARS##*\\*}', 'c'],
    ['${STARS%\\*c}', 'a*b'],
    ['${FILE#[a]}', 'archive.tar.gz'],
    ['${UNSET#x}', ''],
    ['${LINES#*t}', 'one\ntwo'],
    // replacement
    ['${FILE/a/A}', 'Archive.tar.gz'],
    ['${FILE//a/A}', 'Archive.tAr.gz'],
    ['${FILE/.*/}', 'archive'],
    ['${FILE//r/}', 'achive.ta.gz'],
    ['${FILE//?/x}', 'xxxxxxxxxxxxxx'],
    ['${FILE/nothing/x}', 'archive.tar.gz'],
    ['${FILE/${UNSET:-tar}/$A}', 'archive.alpha.gz'],
    ['${SLASHED//\\//_}', '_tmp_foo.txt'],
    ['${SLASHED//\\//\\/}', '\\/tmp\\/foo.txt'],
    ['${EMPTY/x/y}', ''],
    ['${EMPTY//*/y}', 'y'],
    ['${A//*/y}', 'y'],
    ['${A///-}', '-a-l-p-h-a-'],
    ['${UNSET/x/y}', ''],
    // quotes and escapes
    ['"a b"', 'a b'],
    ["'a b'", 'a b'],
    ["'$A'", '$A'],
    ['"$A"', 'alpha'],
    ['"\'$A\'"', "'alpha'"],
    ["'\"'", '"'],
    ['\\$A', '$A'],
    ['"\\$A"', '$A'],
    ['\\\\$A', '\\alpha'],
    ['"\\\\"', '\\'],
    ['"\\n"', '\\n'],
    ['\\n', 'n'],
    ['"\\""', '"'],
    ['\\"x', '"x'],
    ["\\'x", "'x"],
    ["'a\\'", 'a\\'],
    ['a\\', 'a'],
    ['x\'\'y""', 'xy'],
    ['he"ll"o$A', 'helloalpha'],
  ])('%s is %j', (text, expected) => {
    expect(value(text)).toBe(expected);
  });

  test('uses the backtick where the escape directive says so', () => {
    expect(value('`$A c:\\x', { escape: '`' })).toBe('$A c:\\x');
    expect(value('"a`"b"', { escape: '`' })).toBe('a"b');
  });

  test('takes quotes as they are in heredoc bodies', () => {
    expect(value('it\'s "$A" \\$A', { skipQuotes: true })).toBe('it\'s "alpha" $A');
  });

  test('keeps what is unset for names of steps', () => {
    const keep = { keepUnset: true, rawQuotes: true, rawEscapes: true };
    expect(value('RUN "$A" $NOPE ${NOPE:-x} \\$A', keep)).toBe('RUN "alpha" $NOPE ${NOPE:-x} \\$A');
  });

  test('tells which names it used and missed', () => {
    const result = expand('$A ${UNSET:-$EMPTY}', { escape: '\\', lookup: (name) => variables[name] });
    expect([...result.used]).toEqual(['A', 'EMPTY']);
    expect([...result.missing]).toEqual(['UNSET']);
  });
});

describe('splitting after expansion', () => {
  test.each([
    ['a b', ['a', 'b']],
    ['$SPACES', ['one', 'two']],
    ['"$SPACES"', [' one  two ']],
    ['x$SPACES', ['x', 'one', 'two']],
    ['$UNSET', []],
    ['""', []],
    ['a\\ b c', ['a b', 'c']],
    ["'a b'c d", ['a bc', 'd']],
  ])('%s gives %j', (text, expected) => {
    expect(words(text)).toEqual(expected);
  });
});

describe('a bad substitution', () => {
  test.each([
    ['${', "missing '}'", 0],
    ['a${A', "missing '}'", 1],
    ['${}', 'bad substitution', 0],
    ['${{A}}', 'bad substitution', 0],
    ['${:x}', 'bad substitution', 0],
    ['${A:x}', 'unsupported modifier (:x)', 0],
    ['${A:#x}', 'unsupported modifier (:#)', 0],
    ['${A!x}', 'unsupported modifier (!)', 0],
    ['ab ${A:-x', "missing '}'", 3],
    ['${A/x', "missing '/'", 0],
    ['${A/x/y', "missing '}'", 0],
    ['${UNSET:?give it}', 'UNSET: give it', 0],
    ['${UNSET?}', 'UNSET: is not allowed to be unset', 0],
    ['${EMPTY:?}', 'EMPTY: is not allowed to be empty', 0],
    ['${A#\\x}', "invalid escape '\\x'", 0],
    ['a "b', 'matching double-quote', 2],
    ["a 'b", 'matching single-quote', 2],
  ])('%s says what is wrong and where', (text, message, at) => {
    let fault: unknown;
    try {
      value(text);
    } catch (error) {
      fault = error;
    }
    expect(fault).toBeInstanceOf(ExpansionFault);
    expect((fault as ExpansionFault).message).toContain(message);
    expect((fault as ExpansionFault).at).toBe(at);
  });
});

test('substitutions nested too deep are refused', () => {
  expect(() => value(`${'${A:-'.repeat(5000)}${'}'.repeat(5000)}`)).toThrow('nested too deep');
});

test('no pattern makes matching slow', () => {
  const long = 'a'.repeat(20_000);
  const began = process.cpuUsage();
  for (const text of ['${L##*a*a*a*a*a*a*b}', '${L%%b*a*a*a*a*a*a*}', '${L//a*a*a*a*b/x}', '${L/*a*a*a*b/x}']) {
    expect(value(text, { lookup: () => long })).toBe(long);
  }
  expect(process.cpuUsage(began).user / 1000).toBeLessThan(4000);
});

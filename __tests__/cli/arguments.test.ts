import { describe, expect, test } from '@jest/globals';
import { parseArguments } from '../../src/cli/arguments.ts';
import type { Command } from '../../src/cli/command.ts';

const command: Command = {
  name: 'try',
  summary: '',
  usage: '[OPTIONS] IMAGE [ARG...]',
  options: [
    { name: 'interactive', short: 'i', type: 'boolean', help: '' },
    { name: 'tty', short: 't', type: 'boolean', help: '' },
    { name: 'env', short: 'e', type: 'list', help: '' },
    { name: 'network', aliases: ['net'], type: 'string', help: '' },
    { name: 'cpus', type: 'number', help: '' },
    { name: 'hostname', short: 'h', type: 'string', help: '' },
    { name: 'pull', type: 'string', choices: ['always', 'never'], help: '' },
    { name: 'progress', type: 'optional', help: '' },
    { name: 'publish', short: 'p', type: 'list', help: '', refused: 'comes later' },
  ],
  stopAtFirstArgument: true,
  arguments: { min: 1 },
  examples: [],
  run: async () => 0,
};

function parse(...argv: string[]) {
  const parsed = parseArguments(command, argv);
  if (parsed.help) throw new Error('help');
  return parsed.arguments;
}

const failure = (...argv: string[]): string => {
  try {
    parse(...argv);
  } catch (error) {
    return (error as Error).message;
  }
  return 'no failure';
};

describe('arguments by docker’s rules', () => {
  test('short flags may be bundled, the last one with its value', () => {
    const args = parse('-ite', 'A=1', 'image');
    expect([args.flag('interactive'), args.flag('tty'), args.list('env')]).toEqual([true, true, ['A=1']]);
    expect(parse('-ieA=1', 'image').list('env')).toEqual(['A=1']);
  });

  test.each([
    [['--network', 'none', 'i'], 'none'],
    [['--network=none', 'i'], 'none'],
    [['--net=host', 'i'], 'host'],
    [['--network=', 'i'], ''],
    [['--network=a', '--network=b', 'i'], 'b'],
  ])('%j gives the value %j', (argv, value) => {
    expect(parse(...argv).string('network')).toBe(value);
  });

  test.each([
    ['--tty=false', false],
    ['--tty=0', false],
    ['--tty', true],
    ['-t=false', false],
    ['--tty=T', true],
  ])('%s is %s', (word, value) => {
    expect(parse(word, 'i').flag('tty')).toBe(value);
  });

  test('a flag that was not given can be told from one that is false', () => {
    expect([parse('i').maybeFlag('tty'), parse('--tty=false', 'i').maybeFlag('tty')]).toEqual([undefined, false]);
  });

  test('flags end at the first argument: the rest is the container’s', () => {
    expect(parse('-t', 'image', 'ls', '-i', '--foo').positional).toEqual(['image', 'ls', '-i', '--foo']);
    expect(parse('--', '-t').positional).toEqual(['-t']);
    expect(parse('-').positional).toEqual(['-']);
  });

  test('a list keeps its order', () => {
    expect(parse('-e', 'A', '--env=B', '-eC', 'i').list('env')).toEqual(['A', 'B', 'C']);
  });

  test('an optional value is taken only with an equals sign', () => {
    const args = parse('--progress', 'image');
    expect([args.string('progress'), args.positional]).toEqual(['true', ['image']]);
    expect(parse('--progress=plain', 'image').string('progress')).toBe('plain');
  });

  test('-h means what the command says, --help is help', () => {
    expect(parse('-h', 'box', 'i').string('hostname')).toBe('box');
    expect(parseArguments(command, ['--help'])).toEqual({ help: true });
  });

  test.each([
    [['--netwrok', 'x', 'i'], 'unknown flag: --netwrok (did you mean --network?)'],
    [['-x', 'i'], 'unknown shorthand flag: "x" in -x'],
    [['-tty', 'i'], 'unknown shorthand flag: "y" in -tty (did you mean --tty?)'],
    [['--network'], 'flag --network needs a value: --network string'],
    [['--tty=maybe', 'i'], 'flag --tty: expected true or false, found "maybe"'],
    [['--cpus', 'two', 'i'], 'flag --cpus: expected a number, found "two"'],
    [['--pull', 'alway', 'i'], 'flag --pull: expected one of always, never (did you mean always?), found "alway"'],
    [['-p', '80:80', 'i'], '-p: comes later'],
    [[], 'containerize try needs at least 1 argument, found 0'],
  ])('%j fails: %s', (argv, message) => {
    expect(failure(...argv)).toBe(message);
  });
});

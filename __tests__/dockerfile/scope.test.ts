import { describe, expect, test } from '@jest/globals';
import { DockerfileError } from '../../src/dockerfile/error.ts';
import type { StageInstruction } from '../../src/dockerfile/instruction.ts';
import { parseDockerfile } from '../../src/dockerfile/parse.ts';
import { GlobalScope, StageScope } from '../../src/dockerfile/scope.ts';

const amd64 = { os: 'linux', architecture: 'amd64' };
const armV7 = { os: 'linux', architecture: 'arm', variant: 'v7' };

function scopes(text: string, buildArgs: Record<string, string> = {}, baseEnv: string[] = []) {
  const dockerfile = parseDockerfile(text, 'Dockerfile');
  const global = new GlobalScope(dockerfile, { buildArgs, build: amd64, target: armV7 });
  const image: Record<string, string> = {};
  const apply = (scope: StageScope, instructions: readonly StageInstruction[]): StageScope => {
    for (const instruction of instructions) {
      if (instruction.kind === 'arg') scope.arg(instruction);
      if (instruction.kind === 'env') for (const [name, value] of scope.env(instruction)) image[name] = value;
    }
    return scope;
  };
  const stage = apply(new StageScope(global, baseEnv), dockerfile.stages[0]!.instructions);
  return { dockerfile, global, stage, image, apply };
}

describe('the global scope', () => {
  test('gives FROM the ARGs above it, defaults in order, build args first', () => {
    const text = 'ARG A=1\nARG B=$A-x\nARG C\nFROM base:$B-$C-$TARGETARCH$TARGETVARIANT';
    const plain = scopes(text);
    expect(plain.global.expand(plain.dockerfile.stages[0]!.from.base)).toBe('base:1-x--armv7');
    const given = scopes(text, { A: '2', C: 'c', TARGETARCH: 'other' });
    expect(given.global.expand(given.dockerfile.stages[0]!.from.base)).toBe('base:2-x-c-otherv7');
  });

  test('does not look at a default that a build arg replaces', () => {
    const text = 'ARG A="${MUST:?say which}"\nFROM base:$A';
    expect(() => scopes(text)).toThrow('MUST: say which');
    expect(scopes(text, { A: 'x' }).global.get('A')).toBe('x');
  });

  test('knows the platforms and the target stage', () => {
    const { global } = scopes('FROM a');
    expect(global.get('BUILDPLATFORM')).toBe('linux/amd64');
    expect(global.get('TARGETPLATFORM')).toBe('linux/arm/v7');
    expect(global.get('TARGETSTAGE')).toBe('default');
  });
});

describe('the scope of a stage', () => {
  test('sees a global ARG only once it declares it', () => {
    const { stage } = scopes('ARG A=1\nARG B=2\nFROM x\nARG A\nARG TARGETOS');
    expect(stage.get('A')).toBe('1');
    expect(stage.get('B')).toBeUndefined();
    expect(stage.get('TARGETOS')).toBe('linux');
  });

  test('takes build args before defaults, and an own default before the global value', () => {
    const text = 'ARG A=global\nFROM x\nARG A=own';
    expect(scopes(text).stage.get('A')).toBe('own');
    expect(scopes(text, { A: 'given' }).stage.get('A')).toBe('given');
  });

  test('lets an ENV hide an ARG, and a later ARG hide the ENV without changing the image', () => {
    const env = scopes('FROM x\nARG V=arg\nENV V=env', { V: 'given' });
    expect(env.stage.get('V')).toBe('env');
    const arg = scopes('FROM x\nENV V=env\nARG V=arg');
    expect(arg.stage.get('V')).toBe('arg');
    expect(arg.image).toEqual({ V: 'env' });
  });

  test('leaves what the base image set when an ARG brings no value', () => {
    expect(scopes('FROM x\nARG PATH', {}, ['PATH=/bin']).stage.get('PATH')).toBe('/bin');
  });

  test('gives one instruction one view of the environment', () => {
    const { image } = scopes('FROM x\nENV abc=hello\nENV abc=bye def=$abc\nENV ghi=$abc');
    expect(image).toEqual({ abc: 'bye', def: 'hello', ghi: 'bye' });
  });

  test('hands its state to a stage that builds on it, and hears nothing back', () => {
    const { dockerfile, global, stage, apply } = scopes('FROM x AS a\nARG A=1\nENV B=$A\nFROM a\nENV C=$A$B');
    const child = apply(new StageScope(global, stage), dockerfile.stages[1]!.instructions);
    expect(child.get('C')).toBe('11');
    expect(stage.get('C')).toBeUndefined();
    expect(child.declaredArgs()).toEqual(['A=1']);
  });

  test('keeps proxies for RUN alone, until an ARG declares them', () => {
    const given = { HTTP_PROXY: 'http://p', no_proxy: 'x', OTHER: 'y' };
    const { stage } = scopes('FROM x\nENV A=1', given);
    expect(stage.proxies()).toEqual(['HTTP_PROXY=http://p', 'no_proxy=x']);
    expect(stage.runEnvironment()).toEqual(['A=1']);
    expect(stage.declaredArgs()).toEqual([]);
    const declared = scopes('FROM x\nARG HTTP_PROXY', given).stage;
    expect(declared.proxies()).toEqual(['no_proxy=x']);
    expect(declared.declaredArgs()).toEqual(['HTTP_PROXY=http://p']);
  });

  test('splits EXPOSE after expansion', () => {
    const { dockerfile, stage } = scopes('FROM x\nENV P="80 443/udp"\nEXPOSE $P 22');
    const expose = dockerfile.stages[0]!.instructions[1]!;
    expect(expose.kind === 'expose' && expose.ports.flatMap((port) => stage.expandWords(port))).toEqual([
      '80',
      '443/udp',
      '22',
    ]);
  });

  test('expands heredoc bodies with quotes as they are, and quoted ones not at all', () => {
    const { dockerfile, stage } = scopes('FROM x\nENV A=1\nCOPY <<E <<"F" /d/\nit\'s "$A"\nE\n$A\nF\n');
    const copy = dockerfile.stages[0]!.instructions[1]!;
    expect(copy.kind === 'copy' && copy.heredocs.map((h) => stage.expandHeredoc(h))).toEqual(['it\'s "1"\n', '$A\n']);
  });

  test('points at the very place of a bad substitution', () => {
    const { dockerfile, stage } = scopes('FROM x\nWORKDIR /a/${B:?which}/c');
    const workdir = dockerfile.stages[0]!.instructions[0]!;
    let error: unknown;
    try {
      if (workdir.kind === 'workdir') stage.expand(workdir.path);
    } catch (e) {
      error = e;
    }
    expect(error).toBeInstanceOf(DockerfileError);
    expect(error).toMatchObject({ code: 'bad-expansion', location: { line: 2, column: 12 } });
  });
});

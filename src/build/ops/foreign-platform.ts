import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceLocation } from '../../errors.ts';
import { formatPlatform, hostPlatform, type Platform } from '../../oci/platform.ts';
import { BuildError } from '../error.ts';

const BINFMT = '/proc/sys/fs/binfmt_misc';

/** ELF e_machine of each architecture, and whether its numbers are big-endian: elf.h. */
const MACHINES: Record<string, { machine: number; bits: 1 | 2; big?: boolean }> = {
  '386': { machine: 3, bits: 1 },
  amd64: { machine: 62, bits: 2 },
  arm: { machine: 40, bits: 1 },
  arm64: { machine: 183, bits: 2 },
  loong64: { machine: 258, bits: 2 },
  mips64le: { machine: 8, bits: 2 },
  mips64: { machine: 8, bits: 2, big: true },
  ppc64le: { machine: 21, bits: 2 },
  riscv64: { machine: 243, bits: 2 },
  s390x: { machine: 22, bits: 2, big: true },
};

/** What the processor runs besides its own. */
const ALSO: Record<string, readonly string[]> = { amd64: ['386'], arm64: [] };

/**
 * Makes sure that programs of a platform can run here: natively, or by an emulator that binfmt_misc knows with the F
 * flag. Without F the kernel would look for the emulator inside the container, where it is not.
 */
export async function checkPlatform(platform: Platform, location: SourceLocation, folder = BINFMT): Promise<void> {
  const host = hostPlatform();
  if (
    platform.os === host.os &&
    (platform.architecture === host.architecture || ALSO[host.architecture]?.includes(platform.architecture))
  )
    return;
  const fail = (what: string): never => {
    throw new BuildError(
      'foreign-platform',
      `cannot run programs for ${formatPlatform(platform)} on ${formatPlatform(host)}: ${what}`,
      {
        location,
        hint: 'install qemu-user-static and its binfmt registration, or docker run --privileged --rm tonistiigi/binfmt --install all; or build on such a machine',
      },
    );
  };
  if (platform.os !== 'linux') return fail(`only Linux programs can run here`);
  const handlers = await handlersOf(folder);
  const wanted = MACHINES[platform.architecture];
  const fitting = handlers.filter(
    (handler) => handler.enabled && wanted !== undefined && matches(handler.magic, wanted),
  );
  if (fitting.length === 0) return fail('no emulator is registered with binfmt_misc');
  if (!fitting.some((handler) => handler.flags.includes('F')))
    return fail(
      `the emulator ${fitting[0]!.interpreter} is registered without the F flag, so containers cannot see it`,
    );
}

interface Handler {
  enabled: boolean;
  interpreter: string;
  flags: string;
  magic: Buffer;
}

async function handlersOf(folder: string): Promise<Handler[]> {
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(
    names
      .filter((name) => name !== 'register' && name !== 'status')
      .map((name) => readFile(join(folder, name), 'latin1').catch(() => '')),
  );
  return texts.map((text) => {
    const field = (name: string) => new RegExp(`^${name}:? (.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
    return {
      enabled: /^enabled$/m.test(text),
      interpreter: field('interpreter'),
      flags: field('flags'),
      magic: Buffer.from(field('magic'), 'hex'),
    };
  });
}

function matches(magic: Buffer, { machine, bits, big }: { machine: number; bits: number; big?: boolean }): boolean {
  if (magic.length < 20 || magic.readUInt32BE(0) !== 0x7f454c46 || magic[4] !== bits) return false;
  return machine === (big ? magic.readUInt16BE(18) : magic.readUInt16LE(18));
}

import { readFile } from 'node:fs/promises';
import { cpus, hostname, release, totalmem } from 'node:os';
import { defaultApparmorProfile, isApparmorOn } from '../../container/apparmor.ts';
import type { Command } from '../command.ts';
import { humanMemory } from '../format.ts';
import { unescapeFormat } from '../table.ts';
import { compileTemplate } from '../template.ts';
import { version } from '../version.ts';

export const command: Command = {
  name: 'system info',
  aliases: ['info'],
  summary: 'Show what this machine and this store have',
  usage: '[OPTIONS]',
  options: [
    {
      name: 'format',
      short: 'f',
      type: 'string',
      placeholder: 'TEMPLATE',
      help: 'json, or a Go template: {{.CgroupVersion}}',
    },
  ],
  arguments: { max: 0 },
  examples: [
    ['containerize system info', 'What to put into a bug report'],
    ["containerize system info -f '{{.Containers}}'", 'For a script'],
  ],
  async run(args, { io, engine }) {
    const opened = await engine();
    const { settings } = opened;
    const [containers, refs, runtime] = await Promise.all([opened.containers(), opened.refs(), opened.runtime()]);
    const all = await containers.list();
    const words = await Promise.all(all.map(async (c) => ((await c.isPaused()) ? 'paused' : (await c.state()).status)));
    const count = (word: string) => words.filter((w) => w === word).length;
    const cgroups = await runtime.cgroups();
    const info = {
      ServerVersion: version,
      Containers: all.length,
      ContainersRunning: count('running'),
      ContainersPaused: count('paused'),
      ContainersStopped: count('exited') + count('created'),
      Images: new Set((await refs.roots()).map((d) => d.digest)).size,
      Driver: 'overlay',
      Root: settings.root,
      RunRoot: settings.run,
      Helper: settings.helper,
      Rootless: settings.rootless,
      CgroupVersion: cgroups.mode === 'v2' ? '2' : cgroups.mode === 'none' ? 'none' : '1',
      CgroupMode: cgroups.mode,
      SecurityOptions: securityOptions(),
      AppArmorProfile: settings.rootless ? 'unconfined' : (defaultApparmorProfile() ?? 'unconfined'),
      KernelVersion: release(),
      OperatingSystem: await osName(),
      OSType: 'linux',
      Architecture: process.arch === 'x64' ? 'x86_64' : process.arch === 'arm64' ? 'aarch64' : process.arch,
      NCPU: cpus().length,
      MemTotal: totalmem(),
      Name: hostname(),
      NodeVersion: process.versions.node,
      HttpProxy: settings.proxies.http ?? '',
      HttpsProxy: settings.proxies.https ?? '',
      NoProxy: settings.proxies.no ?? '',
    };
    const format = args.string('format');
    if (format === 'json') io.stdout.write(`${JSON.stringify(info)}\n`);
    else if (format !== undefined) io.stdout.write(`${compileTemplate(unescapeFormat(format))(info)}\n`);
    else io.stdout.write(text(info));
    return 0;

    function text(facts: typeof info): string {
      const lines: [string, string | number][] = [
        ['Version', facts.ServerVersion],
        [
          'Containers',
          `${facts.Containers} (${facts.ContainersRunning} running, ${facts.ContainersPaused} paused, ${facts.ContainersStopped} stopped)`,
        ],
        ['Images', facts.Images],
        ['Root', `${facts.Root}${facts.Rootless ? ' (in a user namespace)' : ''}`],
        ['Run root', facts.RunRoot],
        ['Helper', facts.Helper],
        ['Cgroups', facts.CgroupMode],
        ['Security', facts.SecurityOptions.join(', ')],
        ...(isApparmorOn()
          ? [['AppArmor', `containers are ${confined(facts.AppArmorProfile)}`] as [string, string]]
          : []),
        ['Kernel', facts.KernelVersion],
        ['System', `${facts.OperatingSystem} (${facts.Architecture})`],
        ['Processors', facts.NCPU],
        ['Memory', humanMemory(facts.MemTotal)],
        ['Host', facts.Name],
        ['Node.js', facts.NodeVersion],
        ...(['HttpProxy', 'HttpsProxy', 'NoProxy'] as const)
          .filter((name) => facts[name] !== '')
          .map((name): [string, string] => [name, redact(facts[name])]),
      ];
      return lines.map(([name, value]) => `${`${name}:`.padEnd(13)}${value}\n`).join('');
    }
  },
};

function securityOptions(): string[] {
  // securityfs, which lists them all, is not mounted everywhere
  return ['seccomp', ...(isApparmorOn() ? ['apparmor'] : []), 'cgroup namespaces'];
}

function confined(profile: string): string {
  return profile === 'unconfined' ? 'unconfined: no profile docker-default is loaded' : `confined by ${profile}`;
}

async function osName(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^PRETTY_NAME="?([^"\n]*)"?/m.exec(text)?.[1] ?? 'Linux';
}

/** A proxy's address may hold a password. */
function redact(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//***@');
}

import type { Command } from '../command.ts';
import { unescapeFormat } from '../table.ts';
import { version } from '../version.ts';

export const command: Command = {
  name: 'version',
  summary: 'Show the versions of containerize and of what it runs on',
  usage: '[OPTIONS]',
  options: [
    {
      name: 'format',
      short: 'f',
      type: 'string',
      placeholder: 'TEMPLATE',
      help: 'json, or a Go template: {{.Client.Version}}',
    },
  ],
  arguments: { max: 0 },
  examples: [
    ['containerize version', 'What to put into a bug report'],
    ['containerize version --format json', 'The same for a script'],
  ],
  async run(args, { io }) {
    const { release } = await import('node:os');
    const facts = { version, node: process.versions.node, os: process.platform, arch: process.arch, kernel: release() };
    const format = args.string('format');
    if (format === undefined) {
      io.stdout.write(`containerize ${facts.version}\n`);
      io.stdout.write(`  Node.js:  ${facts.node}\n  System:   ${facts.os}/${facts.arch}, kernel ${facts.kernel}\n`);
      return 0;
    }
    // docker's names, for scripts that ask for them
    const { version: Version, os: Os, kernel: KernelVersion } = facts;
    const { hostPlatform } = await import('../../oci/platform.ts');
    const Client = { Version, Os, Arch: hostPlatform().architecture, KernelVersion };
    const all = { ...facts, Client, Server: Client };
    if (format === 'json') io.stdout.write(`${JSON.stringify(all)}\n`);
    else {
      const { compileTemplate } = await import('../template.ts');
      io.stdout.write(`${compileTemplate(unescapeFormat(format))(all)}\n`);
    }
    return 0;
  },
};

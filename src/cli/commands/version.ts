import type { Command } from '../command.ts';
import { version } from '../version.ts';

export const command: Command = {
  name: 'version',
  summary: 'Show the versions of containerize and of what it runs on',
  usage: '[OPTIONS]',
  options: [
    { name: 'format', short: 'f', type: 'string', placeholder: 'json', choices: ['json'], help: 'Print as JSON' },
  ],
  arguments: { max: 0 },
  examples: [
    ['containerize version', 'What to put into a bug report'],
    ['containerize version --format json', 'The same for a script'],
  ],
  async run(args, { io }) {
    const { release } = await import('node:os');
    const facts = { version, node: process.versions.node, os: process.platform, arch: process.arch, kernel: release() };
    if (args.string('format') === 'json') io.stdout.write(`${JSON.stringify(facts)}\n`);
    else {
      io.stdout.write(`containerize ${facts.version}\n`);
      io.stdout.write(`  Node.js:  ${facts.node}\n  System:   ${facts.os}/${facts.arch}, kernel ${facts.kernel}\n`);
    }
    return 0;
  },
};

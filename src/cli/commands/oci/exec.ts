import { exec, execProcess } from '../../../runtime/oci/exec.ts';
import { badValue } from '../../arguments.ts';
import { type OciCommand, preservedFds } from './oci-command.ts';

export const command: OciCommand = {
  name: 'oci exec',
  summary: 'Run another program in a running container',
  usage: '[OPTIONS] CONTAINER PROGRAM [ARG...]',
  options: [
    {
      name: 'process',
      short: 'p',
      type: 'string',
      placeholder: 'FILE',
      help: 'Take everything from a process object as in config.json',
    },
    { name: 'cwd', type: 'string', placeholder: 'DIR', help: 'Working directory in the container' },
    { name: 'env', short: 'e', type: 'list', placeholder: 'NAME=VALUE', help: 'Set an environment variable' },
    { name: 'tty', short: 't', type: 'boolean', help: 'With a terminal' },
    { name: 'user', short: 'u', type: 'string', placeholder: 'UID[:GID]', help: 'As this user' },
    { name: 'additional-gids', short: 'g', type: 'list', placeholder: 'GID', help: 'In these groups besides' },
    { name: 'detach', short: 'd', type: 'boolean', help: 'Do not wait' },
    { name: 'pid-file', type: 'string', placeholder: 'FILE', help: 'Write the process ID there' },
    { name: 'console-socket', type: 'string', placeholder: 'PATH', help: 'Unix socket that gets the terminal' },
    {
      name: 'preserve-fds',
      type: 'number',
      placeholder: 'N',
      help: 'Hand on N descriptors beyond stdin, stdout and stderr',
    },
    { name: 'cap', short: 'c', type: 'list', placeholder: 'CAP', help: 'Add a capability' },
    { name: 'no-new-privs', type: 'boolean', help: 'Set no_new_privs' },
    { name: 'apparmor', type: 'string', placeholder: 'PROFILE', help: 'AppArmor profile' },
    { name: 'process-label', type: 'string', placeholder: 'LABEL', help: 'SELinux label' },
    { name: 'ignore-paused', type: 'boolean', help: 'Go on although the container is paused' },
    { name: 'no-subreaper', type: 'boolean', help: 'Accepted: no process of ours stays anyway' },
    {
      name: 'cgroup',
      type: 'list',
      placeholder: 'PATH',
      help: 'Not done',
      refused: 'a process always joins the cgroup of its container',
    },
  ],
  stopAtFirstArgument: true,
  arguments: { min: 1 },
  async run(args, io) {
    const [id, ...words] = args.positional;
    const gids = args
      .list('additional-gids')
      .flatMap((text) => text.split(','))
      .map((text) => {
        if (!/^\d{1,10}$/.test(text)) throw badValue('additional-gids', 'group IDs in digits', text);
        return Number(text);
      });
    const process = await execProcess(io.oci, id!, args.string('process'), {
      args: words,
      env: args.list('env'),
      cwd: args.string('cwd'),
      user: args.string('user'),
      additionalGids: gids,
      terminal: args.maybeFlag('tty'),
      capabilities: args.list('cap'),
      noNewPrivileges: args.maybeFlag('no-new-privs'),
      apparmor: args.string('apparmor'),
      selinuxLabel: args.string('process-label'),
    });
    // podman and containerd say --tty and a process file: the flag adds the terminal.
    if (args.flag('tty')) process.terminal = true;
    return exec(
      io.oci,
      {
        id: id!,
        process,
        pidFile: args.string('pid-file'),
        consoleSocket: args.string('console-socket'),
        detach: args.flag('detach'),
        preserveFds: preservedFds(args, io.env),
        ignorePaused: args.flag('ignore-paused'),
      },
      (forward) => io.terminal.onSignal(forward),
    );
  },
};

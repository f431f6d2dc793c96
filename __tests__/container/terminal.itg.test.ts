import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { entry } from '../helpers/entry.ts';
import { containerLine } from './fixture.ts';

const cli = await containerLine('terminal');
const line = `stty rows 31 cols 97; ${process.execPath} ${entry} --root ${cli.folder}/root --run-root ${cli.folder}/run`;

/** The command line on a terminal of its own: util-linux's script makes one. */
class Typist {
  readonly #child: ChildProcess;
  text = '';
  readonly exit: Promise<number | null>;

  constructor(words: string) {
    const env = { ...process.env, NODE_COMPILE_CACHE: '/dev/null' };
    this.#child = spawn('script', ['-qefc', `${line} ${words}`, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env,
    });
    this.#child.stdout!.on('data', (chunk: Buffer) => {
      this.text += chunk.toString();
    });
    this.exit = new Promise((resolve) => this.#child.once('close', resolve));
  }

  type(text: string): void {
    this.#child.stdin!.write(text);
  }

  async sees(wanted: string): Promise<void> {
    const deadline = Date.now() + 10_000;
    while (!this.text.includes(wanted)) {
      if (Date.now() > deadline) throw new Error(`waited for ${wanted}, saw ${JSON.stringify(this.text)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

(existsSync('/usr/bin/script') ? describe : describe.skip)('on a terminal (needs the program script)', () => {
  test('run --rm -it: a shell with the terminal’s size, Ctrl-C reaches its program, its exit code comes back', async () => {
    const typist = new Typist('run --rm -it busybox sh');
    await typist.sees('/ # ');
    typist.type('stty size; sleep 50\n');
    await typist.sees('31 97\r\n');
    typist.type('\u0003');
    await typist.sees('^C');
    typist.type('exit 3\n');
    expect(await typist.exit).toBe(3);
    expect(typist.text).not.toContain('\r\r\n');
  });

  test('ctrl-p ctrl-q leaves a container running, attach comes back to it', async () => {
    const typist = new Typist('run -it --name left busybox sh');
    await typist.sees('/ # ');
    typist.type('echo he""re\n');
    await typist.sees('here\r\n');
    typist.type('\u0010\u0011');
    expect(await typist.exit).toBe(0);
    expect(await cli.ok(['inspect', '-f', '{{.State.Status}}', 'left'])).toBe('running\n');
    const back = new Typist('attach left');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    back.type('echo ag""ain; exit 6\n');
    expect(await back.exit).toBe(6);
    expect(back.text).toContain('again');
    await cli.ok(['rm', 'left']);
  });

  test('the detach keys leave one of --rm running as well; it is gone when it has ended', async () => {
    const typist = new Typist('run --rm -it --detach-keys ctrl-a,x --name once busybox sh');
    await typist.sees('/ # ');
    typist.type('\u0001x');
    expect(await typist.exit).toBe(0);
    expect(await cli.ok(['inspect', '-f', '{{.State.Status}}', 'once'])).toBe('running\n');
    const back = new Typist('attach once');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    back.type('exit 4\n');
    expect(await back.exit).toBe(4);
    expect(await cli.ok(['ps', '-aq', '--filter', 'name=once'])).toBe('');
  });

  test('the detach keys leave a program of exec running', async () => {
    await cli.ok(['run', '-d', '--name', 'host', 'busybox', 'sleep', '1000']);
    const typist = new Typist('exec -it --detach-keys ctrl-a,x host sh');
    await typist.sees('/ # ');
    typist.type('trap "" HUP; stty size; (sleep 3; echo alive > /tmp/alive; sleep 500)\n');
    await typist.sees('31 97\r\n');
    typist.type('\u0001x');
    expect(await typist.exit).toBe(0);
    expect(await cli.ok(['exec', 'host', 'sh', '-c', 'while ! cat /tmp/alive 2>/dev/null; do sleep 0.1; done'])).toBe(
      'alive\n',
    );
    expect(await cli.ok(['exec', 'host', 'ps', '-o', 'args'])).toContain('sleep 500');
    expect((await cli.run(['exec', '-it', '--detach-keys', 'ctrl-pp', 'host', 'sh'])).stderr).toMatch(
      /terminal|expected keys/,
    );
    await cli.ok(['rm', '-f', 'host']);
  });

  test('whoever lists containers meanwhile does not take the exit code of --rm -it away', async () => {
    const typist = new Typist('run --rm -it --name told busybox sh -c "sleep 1; exit 7"');
    let over = false;
    const exit = typist.exit.finally(() => (over = true));
    while (!over) await cli.ok(['ps', '-a']);
    expect(await exit).toBe(7);
    expect(await cli.ok(['ps', '-aq', '--filter', 'name=told'])).toBe('');
  });
});

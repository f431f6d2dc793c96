import { spawn } from 'node:child_process';
import { codeOf } from '../errors.ts';
import { RegistryError } from './registry-error.ts';

type Verb = 'get' | 'store' | 'erase' | 'list';

/** Longest answer of a helper, and how long it may take (it may ask the user something). */
const MAX_ANSWER = 1024 * 1024;
const TIMEOUT_MS = 120_000;

/**
 * Runs `docker-credential-NAME VERB` with `input` on its stdin; secrets never stand on a command line. The answer is what it
 * printed. undefined: it knows no such credentials.
 */
export async function runCredentialHelper(
  name: string,
  verb: Verb,
  input: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  if (!/^[A-Za-z0-9._-]+$/.test(name))
    throw new RegistryError('credential-helper', `"${name}" is not the name of a credential helper`);
  const program = `docker-credential-${name}`;
  return new Promise((resolve, reject) => {
    const child = spawn(program, [verb], { env: env as NodeJS.ProcessEnv, stdio: ['pipe', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
    let [out, complaint] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (out.length > MAX_ANSWER) child.kill('SIGKILL');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-2000);
    });
    // A helper that reads nothing closes the pipe first: its exit status tells the story.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', (error) => {
      clearTimeout(timer);
      const missing = codeOf(error) === 'ENOENT';
      reject(
        new RegistryError(
          'credential-helper',
          missing ? `the credential helper ${program} is not installed` : `cannot run ${program}: ${error.message}`,
          {
            cause: error,
            hint: missing ? "install it, or take it out of docker's config.json (credsStore, credHelpers)" : undefined,
          },
        ),
      );
    });
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      if (status === 0) return resolve(out);
      // Helpers complain on stdout.
      const words = (out.trim() || complaint.trim()).slice(0, 300);
      if (/credentials not found/i.test(words)) return resolve(undefined);
      reject(
        new RegistryError(
          'credential-helper',
          `${program} ${verb} failed (${signal ?? `status ${status}`})${words === '' ? '' : `: ${words}`}`,
        ),
      );
    });
  });
}

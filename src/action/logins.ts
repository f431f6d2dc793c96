import { isMap, isSeq, LineCounter, parseDocument } from 'yaml';
import { didYouMean } from '../errors.ts';
import { ActionError } from './error.ts';
import type { LoginInputs } from './inputs.ts';

/** One registry to log in to, as the inputs say. */
export interface Login {
  /** Host, `docker.io` for Docker Hub. */
  registry: string;
  username?: string;
  password?: string;
  ecr: 'auto' | boolean;
}

const KEYS = ['registry', 'username', 'password', 'ecr', 'scope', 'logout'];

/** The registries of `registry-auth`, or of `registry`, `username` and `password`; none when nothing is given. */
export function loginsOf(inputs: LoginInputs): Login[] {
  if (inputs.registryAuth !== undefined) {
    if (inputs.username !== undefined || inputs.password !== undefined || inputs.registry !== undefined)
      throw new ActionError(
        'bad-input',
        'input registry-auth: cannot be given together with registry, username or password',
        {
          hint: 'put that registry into the list of registry-auth',
        },
      );
    return parseRegistryAuth(inputs.registryAuth);
  }
  const { registry, username, password, ecr } = inputs;
  if (registry === undefined && username === undefined && password === undefined) return [];
  return [check({ registry: hostOf(registry), ...given({ username, password }), ecr }, 'input ')];
}

/** Reads the YAML list. Its text holds passwords: what is wrong is said by line, without the text. */
function parseRegistryAuth(text: string): Login[] {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, logLevel: 'silent' });
  const bad = (problem: string, offset?: number): never => {
    const place = offset === undefined ? '' : ` line ${counter.linePos(offset).line}`;
    throw new ActionError('bad-input', `input registry-auth${place}: ${problem}`, {
      hint: 'expected a YAML list such as\n  - registry: ghcr.io\n    username: ${{ github.actor }}\n    password: ${{ secrets.GITHUB_TOKEN }}',
    });
  };
  const [error] = document.errors;
  if (error !== undefined) bad('this is not YAML', error.pos[0]);
  const list = document.contents;
  if (!isSeq(list)) return bad('expected a list');
  return list.items.map((item, i) => {
    const at = (item as { range?: [number, number, number] }).range?.[0];
    if (!isMap(item)) return bad(`expected item ${i + 1} to have keys and values`, at);
    const value: Record<string, string> = {};
    for (const { key, value: content } of item.items as {
      key: { value?: unknown };
      value: { value?: unknown } | null;
    }[]) {
      const name = String(key.value);
      if (!KEYS.includes(name)) bad(`unknown key ${JSON.stringify(name.slice(0, 40))}${didYouMean(name, KEYS)}`, at);
      const scalar = content?.value;
      if (scalar !== undefined && scalar !== null && typeof scalar === 'object') bad(`expected ${name} to be text`, at);
      value[name] = scalar === undefined || scalar === null ? '' : String(scalar);
    }
    const ecr = value.ecr === undefined || value.ecr === '' || value.ecr === 'auto' ? 'auto' : value.ecr === 'true';
    return check(
      { registry: hostOf(value.registry), ...given({ username: value.username, password: value.password }), ecr },
      `input registry-auth item ${i + 1}: `,
    );
  });
}

function check(login: Login, where: string): Login {
  const isEcr =
    login.ecr === true || (login.ecr === 'auto' && /\.dkr[.-]ecr[.-]|^public\.ecr\.aws$/.test(login.registry));
  const missing = (['username', 'password'] as const).filter((name) => login[name] === undefined);
  if (missing.length === 0 || isEcr) return login;
  throw new ActionError('missing-input', `${where}${missing.join(' and ')}: missing, for ${login.registry}`, {
    hint: 'secrets are empty in pull requests from forks: guard the step with if:, or leave push and login out there',
  });
}

/** `https://index.docker.io/v1/`, `ghcr.io/` and the like → host. */
function hostOf(registry: string | undefined): string {
  const host = (registry ?? '')
    .trim()
    .replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '')
    .toLowerCase();
  return host === '' || host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host;
}

function given(values: {
  username?: string | undefined;
  password?: string | undefined;
}): Pick<Login, 'username' | 'password'> {
  return {
    ...(values.username ? { username: values.username } : {}),
    ...(values.password ? { password: values.password } : {}),
  };
}

import { ContainerizeError } from '../errors.ts';

/** What makes a release effective where it runs. */
export type DeployHook =
  /** A shell command; it is told by variables what to deploy. */
  | { kind: 'command'; command: string }
  /** A Compose project: the service's image by digest, in an override file beside the project's. */
  | { kind: 'compose'; service: string; file: string; project?: string }
  /** `kubectl set image`, then `rollout status`. */
  | { kind: 'kubectl'; workload: string; container: string; namespace?: string; context?: string; timeout: string };

/** A hook that says something which no name can be. */
export class DeployHookError extends ContainerizeError<'bad-value'> {}

type Values = Readonly<Record<string, string | undefined>>;

/** `web,file=compose.prod.yml,project=shop`. @throws DeployHookError */
export function parseComposeHook(text: string): DeployHook {
  const { first, values } = fields(text, ['file', 'project']);
  return composeHook({ service: first, ...values });
}

/** `deployment/app,container=web,namespace=shop,context=prod,timeout=5m`. @throws DeployHookError */
export function parseKubectlHook(text: string): DeployHook {
  const { first, values } = fields(text, ['container', 'namespace', 'context', 'timeout']);
  return kubectlHook({ workload: first, ...values });
}

/** @throws DeployHookError */
export function composeHook({ service = '', file, project }: Values): DeployHook {
  checkName(service, 'the name of a service', /^[A-Za-z0-9][\w.-]*$/);
  if (project !== undefined) checkName(project, 'the name of a project', /^[a-z0-9][a-z0-9_-]*$/);
  return { kind: 'compose', service, file: file ?? 'compose.yml', ...(project === undefined ? {} : { project }) };
}

/** @throws DeployHookError */
export function kubectlHook({ workload = '', container, namespace, context, timeout }: Values): DeployHook {
  checkName(workload, 'a workload such as deployment/app', /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/);
  if (container !== undefined) checkName(container, 'the name of a container', /^([A-Za-z0-9][\w.-]*|\*)$/);
  if (timeout !== undefined) checkName(timeout, 'a time such as 5m', /^\d+(ms|s|m|h)$/);
  return {
    kind: 'kubectl',
    workload,
    // kubectl's word for all of them
    container: container ?? '*',
    ...(namespace === undefined ? {} : { namespace }),
    ...(context === undefined ? {} : { context }),
    timeout: timeout ?? '5m',
  };
}

/** A name never looks like a flag or leads elsewhere: it becomes an argument or a part of a path. */
function checkName(text: string, expected: string, pattern: RegExp): void {
  if (!pattern.test(text)) throw new DeployHookError('bad-value', `expected ${expected}, found "${text.slice(0, 80)}"`);
}

function fields(text: string, known: readonly string[]): { first: string; values: Record<string, string> } {
  const [first = '', ...rest] = text.split(',');
  const values: Record<string, string> = {};
  for (const part of rest) {
    const at = part.indexOf('=');
    const key = part.slice(0, Math.max(at, 0));
    if (!known.includes(key) || at === part.length - 1)
      throw new DeployHookError('bad-value', `expected ${known.map((k) => `${k}=…`).join(', ')}, found "${part}"`);
    values[key] = part.slice(at + 1);
  }
  return { first, values };
}

import { RegistryError } from '../registry/registry-error.ts';

/** Whether a registry refused to move a tag: ECR, Harbor, Docker Hub, ACR; there is no code for it in the specification. */
export function isImmutable(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false;
  return (
    error.status === 409 ||
    /immutable|ImageTagAlreadyExists|TAG_ALREADY_EXISTS|cannot be overwritten/i.test(error.message)
  );
}

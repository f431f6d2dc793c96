import { stringify } from 'yaml';
import { ACTION } from './action.ts';
import type { ProposedImage, ProposedWorkflow } from './proposal.ts';

const CHECKOUT = 'actions/checkout@v5';

/** The workflow that runs containerize.yml. */
export function workflowText(workflow: ProposedWorkflow, images: readonly ProposedImage[]): string {
  const { name, on, runsOn, checkout, before, env } = workflow;
  const packages = images.some(
    ({ repositories }) => repositories.length === 0 || repositories.some((r) => r.startsWith('ghcr.io/')),
  );
  const inputs = loginInputs(workflow.logins);
  const step = {
    uses: ACTION,
    ...(Object.keys(env).length === 0 ? {} : { env }),
    ...(Object.keys(inputs).length === 0 ? {} : { with: inputs }),
  };
  const value = {
    name,
    on,
    permissions: { contents: 'read', ...(packages ? { packages: 'write' } : {}) },
    concurrency: {
      group: `${name}-\${{ github.ref }}`,
      'cancel-in-progress': "${{ github.event_name == 'pull_request' }}",
    },
    jobs: {
      image: {
        'runs-on': runsOn,
        steps: [{ uses: CHECKOUT, ...(Object.keys(checkout).length === 0 ? {} : { with: checkout }) }, ...before, step],
      },
    },
  };
  const head = '# Runs containerize.yml: builds and tests always, pushes from the default branch and for tags.\n';
  return `${head}${stringify(value, { lineWidth: 0, nullStr: '' }).replace(/ +$/gm, '')}`;
}

/** One login as the inputs of login-action, several as its list. */
function loginInputs(logins: ProposedWorkflow['logins']): Record<string, string> {
  const [first] = logins;
  if (first === undefined) return {};
  if (logins.length === 1) return { ...first };
  return { 'registry-auth': stringify(logins, { lineWidth: 0 }) };
}

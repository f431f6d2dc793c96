/** What the runner has in a variable of its own. */
const OF_RUNNER: Readonly<Record<string, string>> = {
  'github.repository': 'GITHUB_REPOSITORY',
  'github.repository_owner': 'GITHUB_REPOSITORY_OWNER',
  'github.sha': 'GITHUB_SHA',
  'github.ref': 'GITHUB_REF',
  'github.ref_name': 'GITHUB_REF_NAME',
  'github.run_id': 'GITHUB_RUN_ID',
  'github.run_number': 'GITHUB_RUN_NUMBER',
  'github.actor': 'GITHUB_ACTOR',
  'github.event_name': 'GITHUB_EVENT_NAME',
  'github.server_url': 'GITHUB_SERVER_URL',
};

const EXPRESSION = /\$\{\{([\s\S]*?)\}\}/g;
/** Ways to say "on the default branch". */
const ON_DEFAULT_BRANCH =
  /^github\.ref == format\('refs\/heads\/\{0\}', (?:github\.event\.repository\.default_branch|'(?:main|master)')\)$|^github\.ref == 'refs\/heads\/(?:main|master)'$|^github\.ref_name == (?:'(?:main|master)'|github\.event\.repository\.default_branch)$/;

/** Brings values of a workflow into containerize.yml, which has variables where a workflow has expressions. */
export class Expressions {
  /** Variables that the new step must set: name → value as a workflow has it. */
  readonly env: Record<string, string> = {};
  /** `env` of the workflow, its jobs and steps. */
  readonly #known: Readonly<Record<string, string>>;
  readonly #defaults: Readonly<Record<string, string>>;

  /** `defaults`: what stands for a variable of the runner elsewhere. */
  constructor(known: Readonly<Record<string, string>>, defaults: Readonly<Record<string, string>>) {
    this.#known = known;
    this.#defaults = defaults;
  }

  /** The text with variables; undefined when something in it only a workflow knows. `empty`: for a secret that is not there. */
  carried(text: string, empty = '', depth = 0): string | undefined {
    let lost = false;
    let at = 0;
    let result = '';
    for (const match of text.matchAll(EXPRESSION)) {
      result += dollars(text.slice(at, match.index));
      at = match.index + match[0].length;
      const put = this.#variable(match[1]!.trim(), empty, depth);
      if (put === undefined) lost = true;
      else result += put;
    }
    return lost ? undefined : result + dollars(text.slice(at));
  }

  #variable(expression: string, empty: string, depth: number): string | undefined {
    if (ON_DEFAULT_BRANCH.test(expression)) return '{{is_default_branch}}';
    const own = OF_RUNNER[expression];
    if (own !== undefined) return `\${${own}:-${this.#defaults[own] ?? ''}}`;
    const [, place, name] = /^(env|secrets|vars)\.([A-Za-z_][A-Za-z0-9_]*)$/.exec(expression) ?? [];
    if (place === undefined || name === undefined) return undefined;
    if (place === 'env') {
      const value = this.#known[name];
      // what env says may have expressions itself
      return value === undefined || depth > 5 ? undefined : this.carried(value, empty, depth + 1);
    }
    const variable = name.startsWith('GITHUB_') ? `CI_${name}` : name;
    this.env[variable] = `\${{ ${expression} }}`;
    return `\${${variable}:-${empty}}`;
  }
}

function dollars(text: string): string {
  return text.replaceAll('$', '$$$$');
}

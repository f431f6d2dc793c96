/** Where the helper for this machine lies: said by CONTAINERIZE_HELPER, beside the bundle, or in the sources' `dist`. */
export declare function helperBinary(env: Readonly<Record<string, string | undefined>>): string;

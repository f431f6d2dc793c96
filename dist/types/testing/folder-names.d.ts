/** Where reports of a test's attempts that failed are put. */
export declare function earlier(folder: string): string;
/** A folder for each test, named after it: no two alike, none hidden, none with a slash. */
export declare function folderNames(names: readonly string[]): string[];

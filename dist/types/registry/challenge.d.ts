/** One way to log in that a server offers in WWW-Authenticate. */
export interface Challenge {
    /** Lower-case: `basic`, `bearer`. */
    scheme: string;
    /** Names lower-case. */
    parameters: Readonly<Record<string, string>>;
}
/**
 * Reads WWW-Authenticate, RFC 9110 § 11.6.1: several challenges in one header or in several, parameters quoted or not,
 * commas inside quotes. What cannot be read is left out.
 */
export declare function parseChallenges(header: string | readonly string[] | undefined): Challenge[];

import { type Reference } from '../../oci/reference.js';
/** A repository and the tags that it gets. */
export interface PublishGroup {
    /** `ghcr.io/owner/app`. */
    name: string;
    reference: Pick<Reference, 'registry' | 'repository'>;
    tags: string[];
}
/**
 * Full names by repository, in their order, each tag once. Owners on GitHub may have capitals and repositories may not:
 * they are written small, which `onNote` hears. @throws ImageNameError before anything is sent
 */
export declare function groupNames(names: readonly string[], onNote?: (message: string) => void): PublishGroup[];
/** The name with its repository in lower case; tags may have capitals. */
export declare function lowerCased(name: string, onNote: (message: string) => void): string;

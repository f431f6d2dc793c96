/** Makes sure that a folder is an OCI image layout: makes one where nothing says otherwise. */
export declare function openLayout(folder: string): Promise<void>;

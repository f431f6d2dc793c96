/** Whether a registry refused to move a tag: ECR, Harbor, Docker Hub, ACR; there is no code for it in the specification. */
export declare function isImmutable(error: unknown): boolean;

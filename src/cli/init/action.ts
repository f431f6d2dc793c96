/** What a workflow says after `uses:`. */
export const ACTION = 'org/containerize@v1';

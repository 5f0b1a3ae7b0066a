/** How commands end. Scripts act on these, so a number never changes its meaning. */

/** Done. */
export const success = 0;
/** Done, and what was looked at is not as it should be. */
export const findings = 1;
/** The command line, a setting, a data file or a kubeconfig is wrong. */
export const usageError = 2;
/** The cluster could not be read, or not in full. */
export const couldNotRead = 3;

/** How long a Lease may be set to last. Apart from what a Lease says (lease.ts), which only the operator reads. */

/** Longest that can be set. What stands in a Lease beyond that no operator wrote, and it would keep everybody from leading for as long. */
export const LONGEST_LEASE_SECONDS = 600;

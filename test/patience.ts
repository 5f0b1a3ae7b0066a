/**
 * What tests are granted that start programs or servers. They take milliseconds alone, and seconds beside other suites on few cores, so
 * each has a wide limit where it says nothing else, and one more try: `npm test` names those that needed it, as each hides a fault, of
 * the product or of the test. The long runs (`npm run faults`, `soak`, `fuzz`) try nothing again.
 */
import { jest } from "@jest/globals";

jest.setTimeout(60_000);
jest.retryTimes(1, { logErrorsBeforeRetry: true, retryImmediately: true });

/**
 * Tests that start programs or servers get one more try. `npm test` names those that needed it, as each hides a fault, of the product or of
 * the test. The long runs (`npm run faults`, `soak`, `fuzz`) try nothing again.
 */
import { jest } from "@jest/globals";

jest.retryTimes(1, { logErrorsBeforeRetry: true, retryImmediately: true });

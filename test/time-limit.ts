/** How long a test may take, where it says nothing else: milliseconds alone, and seconds beside other suites on few cores that are shared. */
import { jest } from "@jest/globals";

jest.setTimeout(60_000);

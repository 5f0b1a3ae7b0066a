/** How long a test may take that starts programs or servers, where it says nothing else: they take milliseconds alone, and seconds beside other suites. */
import { jest } from "@jest/globals";

jest.setTimeout(60_000);

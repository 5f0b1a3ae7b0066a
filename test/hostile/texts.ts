/**
 * Texts that somebody who may create workloads can put into a cluster, to be sent through every output. Each is accepted by a real API
 * server somewhere: in an image, a command, an annotation. Data only: what an output must make of them, its own test says.
 */

const ESC = "\u001b";
const CSI = "\u009b";
const BELL = "\u0007";

/** By what it attacks. Names are for the titles of tests. */
const TEXTS_BY_TARGET = {
  terminal: {
    colour: `${ESC}[31mred${ESC}[0m`,
    "clear the screen": `${ESC}[2J${ESC}[H`,
    title: `${ESC}]0;owned${BELL}`,
    "a link": `${ESC}]8;;https://evil.example${ESC}\\click${ESC}]8;;${ESC}\\`,
    "paste to the clipboard": `${ESC}]52;c;cm0gLXJmIC8=${BELL}`,
    "the cursor back": "good\b\b\b\bevil",
    "the line anew": "first\rsecond",
    "one byte for two": `${CSI}31mred`,
    "a device string": `${ESC}P0;1|17/0a${ESC}\\`,
    delete: "a\u007fb",
    "escape at the end": `x${ESC}`,
    "shift out": "\u000eabc\u000f",
  },
  lines: {
    newline: "one\ntwo",
    "a carriage return and a newline": "one\r\ntwo",
    "a line separator": "one\u2028two",
    "a paragraph separator": "one\u2029two",
    "next line": "one\u0085two",
    "a vertical tab": "one\u000btwo",
    "a form feed": "one\u000ctwo",
    tab: "one\ttwo",
    "many newlines": "\n".repeat(50),
    "a forged log line": '\n{"level":50,"msg":"forged"}',
    "a forged row": "\ncluster   None   None   2.9   None   Current   Complete   NoAction   True",
  },
  invisible: {
    NUL: "a\u0000b",
    "right to left": "\u202egpj.exe",
    isolates: "\u2066admin\u2069",
    "zero width": "f\u200bluxcd",
    "a byte order mark": "\ufefftext",
    "a soft hyphen": "f\u00adlux",
    "tags of language": "\u{e0041}\u{e0042}",
    "half of a pair": "\ud800",
    "the other half": "\udc00x",
    "a noncharacter": "\uffff",
    "only spaces": "   ",
    "a no-break space": "a\u00a0b",
  },
  markup: {
    script: "<script>alert(1)</script>",
    "an image": "<img src=x onerror=alert(1)>",
    "an attribute": '" onmouseover="alert(1)',
    "an entity": "&lt;b&gt;&#0;",
    "a table cell": "a|b|c",
    "a markdown link": "[click](javascript:alert(1))",
    "a code fence": "```\nrm\n```",
    "a comment": "<!-- -->",
    CDATA: "]]><x/>",
    "a workflow command": "::error file=a::b%0A",
  },
  formulas: {
    command: "=cmd|' /C calc'!A0",
    plus: "+1+1",
    minus: "-2+3",
    at: "@SUM(1,1)",
    "a tab before": "\t=1+1",
    commas: 'a,b,"c""d",e',
    semicolons: "a;b;c",
  },
  programs: {
    "a label's end": '"} 1\nflux_migration_leader{x="',
    "a type of metric": "\r\n# TYPE x counter",
    "a backslash": "trailing \\",
    quotes: "a'b\"c`d",
    shell: "$(touch /tmp/owned); rm -rf / #",
    "an environment": "\u0024{HOME} $(GIT_AUTHKEY) %PATH%",
    "a format": "%s%n%d{0}",
    yaml: "a: b\n- c: !!js/function x",
    "a yaml document": "---\nkind: List",
    json: '{"__proto__":{"polluted":true}}',
    prototype: "__proto__",
    constructor: "constructor",
    "a path": "../../../etc/passwd",
    "a number": "1e999",
    "a word of yaml": "yes",
    null: "null",
  },
  size: {
    nothing: "",
    "200,000 characters": "x".repeat(200_000),
    "200,000 escapes": ESC.repeat(200_000),
    "50,000 signs of four bytes": "\u{1f600}".repeat(50_000),
    "100,000 marks on one letter": `a${"\u0301".repeat(100_000)}`,
  },
} as const satisfies Record<string, Record<string, string>>;

export type Target = keyof typeof TEXTS_BY_TARGET;

export interface HostileText {
  readonly target: Target;
  readonly name: string;
  readonly text: string;
}

const targets: [string, Record<string, string>][] = Object.entries(TEXTS_BY_TARGET);
const isTarget = (name: string): name is Target => name in TEXTS_BY_TARGET;

export const HOSTILE_TEXTS: readonly HostileText[] = targets.flatMap(([target, texts]) =>
  isTarget(target) ? Object.entries(texts).map(([name, text]) => ({ target, name, text })) : [],
);

/** For `test.each`: title and text. */
export const HOSTILE_CASES: readonly (readonly [string, string])[] = HOSTILE_TEXTS.map(
  ({ target, name, text }) => [`${target}: ${name}`, text] as const,
);

/** Characters that no output may hold, newlines of its own aside: they steer terminals, end lines, hide, or turn text around. */
export const STEERING = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;

/** As STEERING, in text of several lines. */
export const STEERING_IN_LINES = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;

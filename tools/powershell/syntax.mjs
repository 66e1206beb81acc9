// Finds what Windows PowerShell 5.1 would not parse.
//
// The grammar is tree-sitter's and written for PowerShell 7. It takes a few
// things that 5.1's own parser refuses; `refusals` below adds these.
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { Language, Parser } from 'web-tree-sitter';

// The grammar is one very large function. Optimising it takes Node ten seconds,
// and it waits for that even at its end; a run needs a fraction of one.
setFlagsFromString('--liftoff-only');

let parser;

/** parse returns the tree of a script. */
export async function parse(text) {
  if (!parser) {
    await Parser.init();
    const grammar = createRequire(import.meta.url).resolve('tree-sitter-powershell/tree-sitter-powershell.wasm');
    parser = new Parser();
    parser.setLanguage(await Language.load(grammar));
  }
  return parser.parse(text);
}

/** walk calls visit for a node and for all below it, in the text's order. */
export function walk(node, visit) {
  visit(node);
  for (const child of node.children) walk(child, visit);
}

/** at gives the place where a node begins. */
export function at(node) {
  return { line: node.startPosition.row + 1, column: node.startPosition.column + 1 };
}

/** faultsOf lists what is wrong with a script: line, column and message. */
export function faultsOf(root) {
  const faults = [];
  const report = (node, message) => faults.push({ ...at(node), message });
  walk(root, (node) => {
    // An empty separator of arguments counts as missing, but is no error.
    if (node.isMissing && node.hasError) report(node, `${node.type} is missing`);
    else if (node.isError) report(node, `syntax error near ${JSON.stringify(node.text.slice(0, 40))}`);
    else refusals[node.type]?.(node, report);
  });
  // The grammar may give up without a node that says where.
  if (root.hasError && faults.length === 0) report(root, 'syntax error');
  return faults;
}

// Words that begin a part of a statement. Alone they are read as commands.
const partsOfStatements = new Set(['else', 'elseif', 'catch', 'finally', 'until', 'in', 'param', 'begin', 'process', 'end']);

const refusals = {
  try_statement(node, report) {
    const types = node.children.map((child) => child.type);
    if (!types.includes('catch_clauses') && !types.includes('finally_clause')) report(node, 'try has neither catch nor finally');
  },
  command_name(node, report) {
    const word = node.text.toLowerCase();
    if (partsOfStatements.has(word)) report(node, `${word} does not belong to a statement`);
  },
  pipeline_chain_tail(node, report) {
    report(node, `Windows PowerShell 5.1 has no ${node.text}`);
  },
  file_redirection_operator(node, report) {
    if (node.text === '<') report(node, 'PowerShell has no redirection of the input');
  },
  expandable_string_literal: refuseInString,
  expandable_here_string_literal: refuseInString,
};

/** refuseInString looks at a string's own text, without the code in it. */
function refuseInString(node, report) {
  let own = node.text;
  for (const child of node.children) {
    if (child.type !== 'sub_expression') continue;
    const from = child.startIndex - node.startIndex;
    own = own.slice(0, from) + ' '.repeat(child.endIndex - child.startIndex) + own.slice(child.endIndex - node.startIndex);
  }
  // A backtick takes the next character out of the question.
  const plain = own.replace(/`[^eu]/gs, '  ');
  if (/\$\w+:(?!\w)/.test(plain)) report(node, 'a colon after a variable takes it for a drive: write ${name}:');
  if (/`e|`u\{/.test(plain)) report(node, 'Windows PowerShell 5.1 has no escapes `e and `u{}');
}

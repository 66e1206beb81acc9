// Says what a script calls, so that a test can hold it against what exists.
import { at, walk } from './syntax.mjs';

/**
 * outlineOf returns
 *   functions: name and line of each function, its parameters, and how many of
 *     them have no default,
 *   commands: each command with its name, or the text of the expression that
 *     names it, the operator before it ('&', '.' or ''), its parameters without
 *     values, and its other arguments as text,
 *   statics: type and member of each static call, as 'IO.File::Exists'.
 */
export function outlineOf(root) {
  const functions = [];
  const commands = [];
  const statics = new Set();
  walk(root, (node) => {
    if (node.type === 'function_statement') functions.push(functionOf(node));
    else if (node.type === 'command') commands.push(commandOf(node));
    else if (node.type === 'invokation_expression' || node.type === 'member_access') staticOf(node, statics);
  });
  return { functions, commands, statics: [...statics].sort() };
}

function functionOf(node) {
  const parameters = [];
  let required = 0;
  for (const declaration of node.children) {
    if (declaration.type !== 'function_parameter_declaration') continue;
    walk(declaration, (child) => {
      if (child.type !== 'script_parameter') return;
      parameters.push(child.children.find((part) => part.type === 'variable').text.slice(1));
      if (!child.children.some((part) => part.type === 'script_parameter_default')) required++;
    });
  }
  return { name: node.children.find((child) => child.type === 'function_name').text, parameters, required, line: at(node).line };
}

function commandOf(node) {
  const command = { name: '', operator: '', parameters: [], arguments: [], line: at(node).line };
  for (const child of node.children) {
    if (child.type === 'command_invokation_operator') command.operator = child.text;
    else if (child.type === 'command_name' || child.type === 'command_name_expr') command.name = child.text;
    else if (child.type === 'command_elements') {
      for (const element of child.children) {
        if (element.type === 'command_parameter') command.parameters.push(element.text);
        else if (element.type !== 'command_argument_sep' && element.type !== 'redirection') command.arguments.push(element.text);
      }
    }
  }
  return command;
}

function staticOf(node, statics) {
  const [type, operator, member] = node.children;
  if (type?.type === 'type_literal' && operator?.type === '::') statics.add(`${type.text.slice(1, -1)}::${member.text}`);
}

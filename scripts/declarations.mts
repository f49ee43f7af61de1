// The declarations of the resources in the sources, for the documentation and for the schema of the plugin.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";

const repository = resolve(import.meta.dirname, "..");

export const resourceFiles = [
  ["CallbackTemplate", "callbackTemplate"],
  ["DomainTemplateBinding", "domainTemplateBinding"],
  ["PropagationWait", "propagationWait"],
  ["Provider", "provider"],
] as const;

export interface Declared {
  declaration: ts.ClassDeclaration;
  inputs: ts.PropertySignature[];
  outputs: ts.PropertyDeclaration[];
}

/** The class of a resource, and the interface of its arguments. */
export function declared([name, file]: (typeof resourceFiles)[number]): Declared {
  const declaration = find(parse(`provider/resources/${file}.ts`), ts.isClassDeclaration, name);
  const properties = find(parse("provider/properties.ts"), ts.isInterfaceDeclaration, `${name}Properties`);
  return {
    declaration,
    inputs: properties.members.filter(ts.isPropertySignature),
    outputs: declaration.members.filter(
      (member): member is ts.PropertyDeclaration =>
        ts.isPropertyDeclaration(member) &&
        member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) === true,
    ),
  };
}

export function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(join(repository, path), "utf8"), ts.ScriptTarget.Latest, true);
}

export function find<Node extends ts.Node & { name?: ts.Identifier }>(
  source: ts.SourceFile,
  is: (node: ts.Node) => node is Node,
  name: string,
): Node {
  const found = source.statements.find(
    (statement): statement is ts.Statement & Node => is(statement) && statement.name?.text === name,
  );
  if (!found) throw new Error(`${source.fileName} declares no ${name}.`);
  return found;
}

export function nameOf(member: ts.PropertySignature | ts.PropertyDeclaration): string {
  return member.name.getText();
}

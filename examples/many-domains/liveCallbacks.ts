// One callback template, bound to every app of every push domain.
import * as pulumi from "@pulumi/pulumi";
import * as lvb from "pulumi-tencentcloud-lvb";

export interface LiveCallbacksArgs {
  /** The URL that gets the events. */
  url: pulumi.Input<string>;
  /** Signs the events. */
  key: pulumi.Input<string>;
  /** The apps of each push domain. Not an input: each app is a resource, which a preview must know. */
  apps: Record<string, string[]>;
}

export class LiveCallbacks extends pulumi.ComponentResource {
  /** When the last change of each binding takes effect, by `<domain>/<app>`. */
  readonly propagation: pulumi.Output<Record<string, lvb.Propagation | undefined>>;
  /** When all changes are in effect. */
  readonly effectiveAt: pulumi.Output<string | undefined>;

  constructor(name: string, args: LiveCallbacksArgs, opts?: pulumi.ComponentResourceOptions) {
    super("examples:lvb:LiveCallbacks", name, {}, opts);

    const template = new lvb.CallbackTemplate(
      name,
      { streamBeginNotifyUrl: args.url, streamEndNotifyUrl: args.url, callbackKey: args.key },
      { parent: this },
    );

    const changes: Record<string, pulumi.Output<lvb.Propagation | undefined>> = {};
    for (const [domainName, appNames] of Object.entries(args.apps)) {
      for (const appName of appNames) {
        const binding = new lvb.DomainTemplateBinding(
          `${name}-${domainName}-${appName}`,
          { domainName, appName, templateId: template.templateId },
          { parent: this },
        );
        changes[`${domainName}/${appName}`] = binding.propagation;
      }
    }

    this.propagation = pulumi.output(changes);
    // A change of the template counts for each binding.
    this.effectiveAt = pulumi.all([template.propagation, this.propagation]).apply(([ofTemplate, ofBindings]) =>
      [ofTemplate, ...Object.values(ofBindings)]
        .map((change) => change?.effectiveAt)
        .sort()
        .at(-1),
    );
    this.registerOutputs({ propagation: this.propagation, effectiveAt: this.effectiveAt });
  }
}

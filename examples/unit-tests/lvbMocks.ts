// Mocks that return the same outputs as the provider, including those without an input in the program.
import type * as pulumi from "@pulumi/pulumi";
import type { Propagation } from "pulumi-tencentcloud-lvb";

/** The time when every mocked change takes effect, always the same, so that tests can expect it. */
export const propagation: Propagation = {
  changedAt: "2026-01-01T00:00:00.000Z",
  earliestEffectiveAt: "2026-01-01T00:05:00.000Z",
  effectiveAt: "2026-01-01T00:10:00.000Z",
};

const accountId = "100000000001";

/** For `pulumi.runtime.setMocks`. Add the resources of other packages to the `default` case. */
export const lvbMocks: pulumi.runtime.Mocks = {
  newResource({ type, name, inputs }) {
    switch (type.split("tencentcloud-lvb:")[1]) {
      case "CallbackTemplate":
        // The provider generates a name from the resource's if the program sets none. `templateId` is the id.
        return {
          id: `id of ${name}`,
          state: { ...inputs, templateName: inputs.templateName ?? name, accountId, propagation },
        };
      case "DomainTemplateBinding":
        return { id: `${inputs.domainName}/${inputs.appName}`, state: { ...inputs, accountId, propagation } };
      case "PropagationWait":
        return { id: name, state: { ...inputs, effectiveAt: propagation.effectiveAt } };
      default:
        return { id: `id of ${name}`, state: inputs };
    }
  },
  call: () => ({}),
};

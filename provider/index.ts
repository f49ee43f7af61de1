/**
 * Tencent Cloud LVB (CSS / Live) callback templates and their bindings to push domains, as Pulumi resources.
 *
 * @packageDocumentation
 */

export type { Propagation, PropagationState, PropagationStatus } from "./propagation";
export { defaultPropagationSeconds, propagationStatus } from "./propagation";
export type { RecordExceptionLevel } from "./properties";
export type { CallbackTemplateArgs } from "./resources/callbackTemplate";
export { CallbackTemplate } from "./resources/callbackTemplate";
export type { DomainTemplateBindingArgs } from "./resources/domainTemplateBinding";
export { DomainTemplateBinding } from "./resources/domainTemplateBinding";
export type { PropagationWaitArgs } from "./resources/propagationWait";
export { PropagationWait } from "./resources/propagationWait";
export type { ProviderArgs } from "./resources/provider";
export { Provider } from "./resources/provider";

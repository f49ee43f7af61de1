import type { Action } from "../action";
import createLiveCallbackRule from "./CreateLiveCallbackRule";
import createLiveCallbackTemplate from "./CreateLiveCallbackTemplate";
import deleteLiveCallbackRule from "./DeleteLiveCallbackRule";
import deleteLiveCallbackTemplate from "./DeleteLiveCallbackTemplate";
import describeCallbackRecordsList from "./DescribeCallbackRecordsList";
import describeLiveCallbackRules from "./DescribeLiveCallbackRules";
import describeLiveCallbackTemplate from "./DescribeLiveCallbackTemplate";
import describeLiveCallbackTemplates from "./DescribeLiveCallbackTemplates";
import describeLiveDomain from "./DescribeLiveDomain";
import describeLiveDomains from "./DescribeLiveDomains";
import describeLiveRecordRules from "./DescribeLiveRecordRules";
import describeLiveSnapshotRules from "./DescribeLiveSnapshotRules";
import describeLiveSnapshotTemplates from "./DescribeLiveSnapshotTemplates";
import describeLiveStreamEventList from "./DescribeLiveStreamEventList";
import getCallerIdentity from "./GetCallerIdentity";
import modifyLiveCallbackTemplate from "./ModifyLiveCallbackTemplate";

/** Every action that the emulator supports, by name. */
export const actions: ReadonlyMap<string, Action> = new Map(
  [
    createLiveCallbackRule,
    createLiveCallbackTemplate,
    deleteLiveCallbackRule,
    deleteLiveCallbackTemplate,
    describeCallbackRecordsList,
    describeLiveCallbackRules,
    describeLiveCallbackTemplate,
    describeLiveCallbackTemplates,
    describeLiveDomain,
    describeLiveDomains,
    describeLiveRecordRules,
    describeLiveSnapshotRules,
    describeLiveSnapshotTemplates,
    describeLiveStreamEventList,
    getCallerIdentity,
    modifyLiveCallbackTemplate,
  ].map((action) => [action.name, action]),
);

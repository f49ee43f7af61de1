/** Every text of the page, in English and Chinese. */

/** @typedef {"en" | "zh"} Language */

const en = {
  title: "LVB emulator",
  otherLanguage: "中文",
  skip: "Skip to the content",
  sections: "Sections",
  connecting: "connecting…",
  live: "live",
  polling: "live, asked once a second",
  lost: "The emulator does not answer. This page shows what it knew last, and keeps trying.",
  account: "Templates and domains",
  deliveries: "Deliveries",
  push: "Push a stream",
  colleague: "Somebody else",
  calls: "Calls",
  copy: "Copy",
  copied: "Copied",
  sending: "Sending…",
  done: "Done.",
  show: "Show",
  hide: "Hide",
  request: "The request of this button",

  pushDomains: "Push domains",
  templates: "Callback templates",
  noTemplates: "No template yet. pulumi up makes those that your program declares.",
  noDomains: "The account has no push domain.",
  noRules: "No rule: events of this domain go nowhere.",
  disabled: "disabled",
  notADomain: "not a push domain of this account",
  allApps: "all apps",
  templateNumber: "template {id}",
  missing: "{id}, which does not exist",
  inEffect: "in effect",
  effectiveIn: "in effect in {time}",
  goneIn: "removed, gone in {time}",
  meanwhile: "For another {time}, streams still get:",
  meanwhileNothing: "For another {time}, streams get no callback.",
  meanwhileTemplate: "For another {time}, streams still use {template}.",
  servedEmpty: "not set",
  callbackKey: "Callback key",
  noKey: "none, events are not signed",
  name: "Name",
  description: "Description",
  levels: "Exception levels",
  pass: "Let the window pass now",
  passed: "Every change is in effect.",
  passWhy:
    "Streams see a change {seconds} s after it was made. This ends the wait for all changes so far, here; status and wait count on.",

  filter: "Domain, app, stream or URL",
  which: "Show",
  whichAll: "all",
  whichFailed: "failed",
  noDeliveries: "No delivery yet. Push a stream, and its events appear here.",
  noneFound: "No delivery is like this.",
  noAnswer: "no answer",
  attempt: "attempt {n}",
  older: "Older",
  newest: "Newest",
  shown: "{n} of {count}",
  choose: "Choose a delivery to see its body, its headers and the check of its signature.",
  backToList: "Back to the list",
  gone: "This delivery is not kept any more.",
  delivery: "Delivery {n}",
  url: "URL",
  status: "Status",
  template: "Template",
  sent: "Sent",
  answered: "Answered after",
  next: "Next attempt",
  nextNone: "none",
  nextIn: "{at}, in {time}",
  nextDone: "made at {at}",
  asCurl: "Copy as curl",
  redeliver: "Redeliver",
  redelivered: "Sent again: delivery {n}.",
  signature: "Signature",
  signatureNow: "With the key that is set now",
  step1: "Callback key and t, joined",
  step2: "Their MD5",
  step3: "sign in the body",
  step4: "t, until when it is good",
  equal: "equal",
  unequal: "not equal",
  absent: "absent",
  inTime: "in time when it arrived",
  late: "expired when it arrived, {time} before",
  valid: "The signature holds.",
  expired: "The signature is right, but it had expired. A receiver with toleranceSeconds: 600 accepts late retries.",
  mismatch: "The signature was made with another key. While a key is replaced, a receiver has to accept both.",
  unsigned: "The event is not signed: the template has no callback key.",
  validShort: "signature holds",
  expiredShort: "signature expired",
  mismatchShort: "other key",
  unsignedShort: "not signed",
  body: "Body",
  headers: "Headers",
  answer: "Answer",
  emptyBody: "empty",

  domain: "Domain",
  app: "AppName",
  stream: "Stream",
  events: "Events",
  pushButton: "Push",
  result: "What became of its events",
  deliveredAs: "delivered, HTTP {status}",
  pushFirst: "Push a stream to see which of its events reach your server, and why the others do not.",

  colleagueWhy: "What a colleague does in the console, behind Pulumi's back. Only a refresh finds it.",
  editTemplate: "Edit a template",
  fieldLabel: "Field",
  newValue: "New value",
  edit: "Edit",
  rebind: "Bind to another template",
  rule: "Rule",
  theirs: "a new one, of theirs",
  rebindButton: "Bind",
  removeRule: "Delete a rule",
  removeButton: "Delete",
  noRule: "The account has no rule.",
  findIt: "What finds it",
  findItWhy: "Exit code 7 tells a pipeline that something differs; pulumi up --refresh repairs it.",

  apiCalls: "API calls",
  noCalls: "No call yet.",
  ok: "ok",
  time: "Time",
  actionName: "Action",
  code: "Code",
  moreCalls: "The newest {n} of {count}. All of them: GET /_emulator/requests",
  window: "Propagation window",
  faults: "Faults",
  faultsWhy: "Let the next calls of an action fail.",
  any: "any",
  kind: "Kind",
  codeValue: "Code or location",
  times: "How often",
  order: "Order",
  waiting: "Waiting for a call",
  clearFaults: "Clear",
  noFaults: "none",
  dialects: "Dialects",
  dialectsWhy: "How the API behaves where its documentation is silent.",

  "event.0": "Push ended",
  "event.1": "Push started",
  "event.100": "Recording",
  "event.200": "Snapshot",
  "event.315": "Audio moderation",
  "event.317": "Image moderation",
  "event.321": "Push error",
  "event.332": "Recording status",
  "event.341": "Recording exception",
};

/** @typedef {keyof typeof en} Text */

/** @type {Record<Text, string>} */
const zh = {
  title: "LVB 模拟器",
  otherLanguage: "English",
  skip: "跳到正文",
  sections: "栏目",
  connecting: "正在连接…",
  live: "实时",
  polling: "实时（每秒查询）",
  lost: "模拟器没有响应。页面显示最后一次的数据，并会继续重试。",
  account: "模板与域名",
  deliveries: "投递记录",
  push: "模拟推流",
  colleague: "他人改动",
  calls: "API 调用",
  copy: "复制",
  copied: "已复制",
  sending: "正在发送…",
  done: "完成。",
  show: "显示",
  hide: "隐藏",
  request: "此按钮发送的请求",

  pushDomains: "推流域名",
  templates: "回调模板",
  noTemplates: "还没有模板。运行 pulumi up 即可创建程序中声明的模板。",
  noDomains: "账号下没有推流域名。",
  noRules: "没有规则：该域名的事件不会发送到任何地方。",
  disabled: "已停用",
  notADomain: "不是该账号的推流域名",
  allApps: "所有 AppName",
  templateNumber: "模板 {id}",
  missing: "{id}（不存在）",
  inEffect: "已生效",
  effectiveIn: "{time} 后生效",
  goneIn: "已删除，{time} 后失效",
  meanwhile: "在此之前（{time}），推流仍使用：",
  meanwhileNothing: "在此之前（{time}），推流没有回调。",
  meanwhileTemplate: "在此之前（{time}），推流仍使用{template}。",
  servedEmpty: "未设置",
  callbackKey: "回调密钥",
  noKey: "无，事件不带签名",
  name: "名称",
  description: "描述",
  levels: "异常级别",
  pass: "立即生效",
  passed: "所有改动均已生效。",
  passWhy:
    "改动在 {seconds} 秒后才对推流可见。此按钮让此前的所有改动在模拟器里立即生效；status 和 wait 仍按原时间计算。",

  filter: "域名、AppName、流名或 URL",
  which: "显示",
  whichAll: "全部",
  whichFailed: "失败",
  noDeliveries: "还没有投递。模拟一次推流，事件就会显示在这里。",
  noneFound: "没有符合条件的投递。",
  noAnswer: "无响应",
  attempt: "第 {n} 次",
  older: "更早",
  newest: "最新",
  shown: "{n} / {count}",
  choose: "选择一条投递，查看请求体、请求头和验签过程。",
  backToList: "返回列表",
  gone: "这条投递已不再保留。",
  delivery: "投递 {n}",
  url: "URL",
  status: "状态",
  template: "模板",
  sent: "发送时间",
  answered: "响应耗时",
  next: "下次重试",
  nextNone: "无",
  nextIn: "{at}，{time} 后",
  nextDone: "已于 {at} 重试",
  asCurl: "复制为 curl",
  redeliver: "重新投递",
  redelivered: "已重新发送：投递 {n}。",
  signature: "签名",
  signatureNow: "使用当前设置的密钥",
  step1: "回调密钥与 t 拼接",
  step2: "其 MD5",
  step3: "请求体中的 sign",
  step4: "t，有效期至",
  equal: "一致",
  unequal: "不一致",
  absent: "缺失",
  inTime: "到达时未过期",
  late: "到达时已过期 {time}",
  valid: "签名有效。",
  expired: "签名正确，但已过期。接收端设置 toleranceSeconds: 600 可放行迟到的重试。",
  mismatch: "签名由另一个密钥生成。更换密钥期间，接收端需要同时接受新旧两个密钥。",
  unsigned: "事件没有签名：模板没有回调密钥。",
  validShort: "签名有效",
  expiredShort: "签名过期",
  mismatchShort: "密钥不同",
  unsignedShort: "无签名",
  body: "请求体",
  headers: "请求头",
  answer: "响应",
  emptyBody: "空",

  domain: "域名",
  app: "AppName",
  stream: "流名",
  events: "事件",
  pushButton: "推流",
  result: "事件的结果",
  deliveredAs: "已送达，HTTP {status}",
  pushFirst: "模拟一次推流，查看哪些事件到达了您的服务器，以及其余事件为何没有到达。",

  colleagueWhy: "同事绕过 Pulumi 在控制台所做的改动。只有 refresh 能发现。",
  editTemplate: "修改模板",
  fieldLabel: "字段",
  newValue: "新值",
  edit: "修改",
  rebind: "改绑到另一个模板",
  rule: "规则",
  theirs: "同事新建的模板",
  rebindButton: "绑定",
  removeRule: "删除规则",
  removeButton: "删除",
  noRule: "账号下没有规则。",
  findIt: "如何发现",
  findItWhy: "退出码 7 告诉流水线存在差异；pulumi up --refresh 可以修复。",

  apiCalls: "API 调用",
  noCalls: "还没有调用。",
  ok: "成功",
  time: "时间",
  actionName: "接口",
  code: "错误码",
  moreCalls: "显示最新 {n} 条，共 {count} 条。全部：GET /_emulator/requests",
  window: "生效窗口",
  faults: "故障",
  faultsWhy: "让某个接口接下来的调用失败。",
  any: "任意",
  kind: "类型",
  codeValue: "错误码或地址",
  times: "次数",
  order: "添加",
  waiting: "等待触发",
  clearFaults: "清除",
  noFaults: "无",
  dialects: "方言",
  dialectsWhy: "文档没有说明之处，API 的行为。",

  "event.0": "推流结束",
  "event.1": "推流开始",
  "event.100": "录制",
  "event.200": "截图",
  "event.315": "音频审核",
  "event.317": "图片审核",
  "event.321": "推流异常",
  "event.332": "录制状态",
  "event.341": "录制异常",
};

/** What the emulator says in English, in Chinese: why an event was not delivered. */
/** @type {readonly [RegExp, string][]} */
const zhReasons = [
  [/^the rule for (.+) is not in effect yet$/, "$1 的规则尚未生效"],
  [/^no rule for (.+); the domain has rules for (.+)$/, "$1 没有规则；该域名的规则属于：$2"],
  [/^no rule for (.+)$/, "$1 没有规则"],
  [/^template (\d+) in effect has no (\w+)$/, "已生效的模板 $1 没有设置 $2"],
  [/^no record rule in effect for (.+)$/, "$1 没有已生效的录制规则"],
  [/^no snapshot rule in effect for (.+)$/, "$1 没有已生效的截图规则"],
  [/^snapshot template (.+) does not exist$/, "截图模板 $1 不存在"],
  [
    /^image moderation is off: PornFlag is 0 in snapshot template (.+)$/,
    "图片审核未开启：截图模板 $1 的 PornFlag 为 0",
  ],
  [/^not delivered: the emulator calls loopback addresses only$/, "未投递：模拟器只访问本机地址"],
  [/^the receiver answered HTTP (\d+); only 200 counts as delivered$/, "接收端返回 HTTP $1；只有 200 算送达"],
  [/^(.+) is not an enabled push domain of the account$/, "$1 不是该账号已启用的推流域名"],
];

/** @type {Readonly<Record<string, string>>} */
const zhDialects = {
  duplicateRule: "对已绑定的域名和 AppName 调用 CreateLiveCallbackRule：返回 InternalError，或改指新模板",
  missingTemplate: "Describe、Modify、Delete 的模板不存在：返回此错误码，或返回空 Template 并视为成功",
  missingRule: "DeleteLiveCallbackRule 的规则不存在",
  unknownTemplate: "CreateLiveCallbackRule 的模板不存在：返回哪个错误码",
  inUse: "删除已绑定的模板：返回此错误码，或一并删除其规则",
  emptyAppName: '规则的 AppName 为 ""（整个域名）：接受，或视为缺少参数',
  omittedOnModify: "ModifyLiveCallbackTemplate 没有提到的字段",
  emptyOnModify: 'ModifyLiveCallbackTemplate 设为 "" 或 [] 的字段',
  lastUrl: "Modify 后没有任何回调 URL：接受，或 InvalidParameter",
  unknownDomain: "对未知、停用或播放域名调用 CreateLiveCallbackRule：InvalidParameter.DomainFormatError，或接受",
  chinaFields: "Create、Modify 中仅中国站有的字段：接受，或 UnknownParameter",
  exceptionLevelWord: "录制异常级别 warning 读回时的写法",
  timeFormat: "规则时间的格式",
  strayTemplateId: "DeleteLiveCallbackRule 中的 TemplateId（见官方示例）：忽略，或 UnknownParameter",
  unsetField: '未设置的字段读回时为 ""（或 []）、null，或不返回',
  numericStrings: "JSON 中以文本传入的数字：接受，或 InvalidParameter",
  recordRequest: "DescribeCallbackRecordsList 的 Request：回调的请求体，或只有发送节点",
  recordRetries: "重试过的回调的记录：每次一条，或只有最后一次",
  recordFailure: "失败记录的 ResultCode：HTTP 状态、固定为 1，或 curl 的错误码",
  callbackRecords: "DescribeCallbackRecordsList：可用，或像国际站那样 InvalidAction",
  recordLag: "投递多少毫秒后才出现在 DescribeCallbackRecordsList 中",
  readLag: "列表和详情返回多少毫秒之前的状态",
};

/** @returns {Language} */
function preferred() {
  const chosen = localStorage.getItem("language") ?? navigator.language;
  return chosen.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** @type {Language} */
let language = preferred();

export function currentLanguage() {
  return language;
}

export function switchLanguage() {
  language = language === "en" ? "zh" : "en";
  localStorage.setItem("language", language);
}

/**
 * A text with what belongs in its places.
 *
 * @param {Text} name
 * @param {Record<string, string | number>} [places]
 */
export function t(name, places = {}) {
  const text = (language === "zh" ? zh : en)[name];
  return text.replace(/\{(\w+)\}/g, (_, place) => String(places[place] ?? ""));
}

/** @param {number} type */
export function eventName(type) {
  const name = `event.${type}`;
  return name in en ? t(/** @type {Text} */ (name)) : String(type);
}

/** @param {string} reason */
export function reasonText(reason) {
  const known = language === "zh" ? zhReasons.find(([pattern]) => pattern.test(reason)) : undefined;
  return known ? reason.replace(known[0], known[1]) : reason;
}

/**
 * @param {string} name
 * @param {string} meaning in English
 */
export function dialectText(name, meaning) {
  return (language === "zh" && zhDialects[name]) || meaning;
}

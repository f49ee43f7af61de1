/** Every text of the page, in English and Chinese. */

/** @typedef {"en" | "zh"} Language */

/** @satisfies {Record<string, readonly [en: string, zh: string]>} */
const texts = {
  title: ["LVB emulator", "LVB 模拟器"],
  otherLanguage: ["中文", "English"],
  skip: ["Skip to the content", "跳到正文"],
  sections: ["Sections", "栏目"],
  connecting: ["connecting…", "正在连接…"],
  live: ["live", "实时"],
  polling: ["live, asked once a second", "实时（每秒查询）"],
  lost: [
    "The emulator does not answer. This page shows what it knew last, and keeps trying.",
    "模拟器没有响应。页面显示最后一次的数据，并会继续重试。",
  ],
  account: ["Templates and domains", "模板与域名"],
  deliveries: ["Deliveries", "投递记录"],
  push: ["Push a stream", "模拟推流"],
  colleague: ["Somebody else", "他人改动"],
  calls: ["Calls", "API 调用"],
  copy: ["Copy", "复制"],
  copied: ["Copied", "已复制"],
  sending: ["Sending…", "正在发送…"],
  done: ["Done.", "完成。"],
  show: ["Show", "显示"],
  hide: ["Hide", "隐藏"],

  pushDomains: ["Push domains", "推流域名"],
  templates: ["Callback templates", "回调模板"],
  noTemplates: ["No template yet.", "还没有模板。"],
  noDomains: ["The account has no push domain.", "账号下没有推流域名。"],
  noRules: ["No rule: events of this domain go nowhere.", "没有规则：该域名的事件不会发送到任何地方。"],
  disabled: ["disabled", "已停用"],
  notADomain: ["not a push domain of this account", "不是该账号的推流域名"],
  allApps: ["all apps", "所有 AppName"],
  missing: ["{id}, which does not exist", "{id}（不存在）"],
  inEffect: ["in effect", "已生效"],
  effectiveIn: ["in effect in {time}", "{time} 后生效"],
  goneIn: ["removed, gone in {time}", "已删除，{time} 后失效"],
  meanwhile: ["For another {time}, streams still get:", "在此之前（{time}），推流仍使用："],
  meanwhileNothing: ["For another {time}, streams get no callback.", "在此之前（{time}），推流没有回调。"],
  meanwhileTemplate: [
    "For another {time}, streams still use {template}.",
    "在此之前（{time}），推流仍使用{template}。",
  ],
  servedEmpty: ["not set", "未设置"],
  callbackKey: ["Callback key", "回调密钥"],
  noKey: ["none, events are not signed", "无，事件不带签名"],
  name: ["Name", "名称"],
  description: ["Description", "描述"],
  levels: ["Exception levels", "异常级别"],
  pass: ["Let the window pass now", "立即生效"],
  passWhy: [
    "Streams see a change after {seconds} s, or when you press this; status and wait still count {seconds} s.",
    "改动在 {seconds} 秒后对推流生效，或点击此按钮立即生效；status 和 wait 仍按 {seconds} 秒计算。",
  ],

  filter: ["Domain, app, stream or URL", "域名、AppName、流名或 URL"],
  whichAll: ["all", "全部"],
  whichFailed: ["failed", "失败"],
  noDeliveries: [
    "No delivery yet. Push a stream, and its events appear here.",
    "还没有投递。模拟一次推流，事件就会显示在这里。",
  ],
  noneFound: ["No delivery is like this.", "没有符合条件的投递。"],
  noAnswer: ["no answer", "无响应"],
  attempt: ["attempt {n}", "第 {n} 次"],
  older: ["Older", "更早"],
  newest: ["Newest", "最新"],
  shown: ["{n} of {count}", "{n} / {count}"],
  choose: ["Choose a delivery to see its body and the check of its signature.", "选择一条投递，查看请求体和验签过程。"],
  backToList: ["Back to the list", "返回列表"],
  gone: ["This delivery is not kept any more.", "这条投递已不再保留。"],
  delivery: ["Delivery {n}", "投递 {n}"],
  status: ["Status", "状态"],
  template: ["Template", "模板"],
  sent: ["Sent", "发送时间"],
  answered: ["Answered after", "响应耗时"],
  next: ["Next attempt", "下次重试"],
  none: ["none", "无"],
  nextIn: ["{at}, in {time}", "{at}，{time} 后"],
  nextDone: ["made at {at}", "已于 {at} 重试"],
  asCurl: ["Copy as curl", "复制为 curl"],
  redeliver: ["Redeliver", "重新投递"],
  signature: ["Signature", "签名"],
  signatureNow: ["With the key that is set now", "使用当前设置的密钥"],
  step1: ["Callback key and t, joined", "回调密钥与 t 拼接"],
  step2: ["Their MD5", "其 MD5"],
  step3: ["sign in the body", "请求体中的 sign"],
  step4: ["t, until when it is good", "t，有效期至"],
  equal: ["equal", "一致"],
  unequal: ["not equal", "不一致"],
  absent: ["absent", "缺失"],
  inTime: ["in time when it arrived", "到达时未过期"],
  late: ["expired when it arrived, {time} before", "到达时已过期 {time}"],
  valid: ["The signature holds.", "签名有效。"],
  expired: [
    "The signature is right, but it had expired. A receiver with toleranceSeconds: 600 accepts late retries.",
    "签名正确，但已过期。接收端设置 toleranceSeconds: 600 可放行迟到的重试。",
  ],
  mismatch: [
    "The signature was made with another key. While a key is replaced, a receiver has to accept both.",
    "签名由另一个密钥生成。更换密钥期间，接收端需要同时接受新旧两个密钥。",
  ],
  unsigned: ["The event is not signed: the template has no callback key.", "事件没有签名：模板没有回调密钥。"],
  validShort: ["signature holds", "签名有效"],
  expiredShort: ["signature expired", "签名过期"],
  mismatchShort: ["other key", "密钥不同"],
  unsignedShort: ["not signed", "无签名"],
  body: ["Body", "请求体"],
  headers: ["Headers", "请求头"],
  answer: ["Answer", "响应"],
  emptyBody: ["empty", "空"],

  domain: ["Domain", "域名"],
  stream: ["Stream", "流名"],
  events: ["Events", "事件"],
  pushButton: ["Push", "推流"],
  result: ["What became of its events", "事件的结果"],
  deliveredAs: ["delivered, HTTP {status}", "已送达，HTTP {status}"],
  pushFirst: [
    "See which events reach your server, and why the others do not.",
    "查看哪些事件到达了您的服务器，以及其余事件为何没有到达。",
  ],

  colleagueWhy: [
    "What a colleague does in the console, behind Pulumi's back. Only a refresh finds it.",
    "同事绕过 Pulumi 在控制台所做的改动。只有 refresh 能发现。",
  ],
  editTemplate: ["Edit a template", "修改模板"],
  fieldLabel: ["Field", "字段"],
  newValue: ["New value", "新值"],
  edit: ["Edit", "修改"],
  rebind: ["Bind to another template", "改绑到另一个模板"],
  rule: ["Rule", "规则"],
  theirs: ["a new one, of theirs", "同事新建的模板"],
  rebindButton: ["Bind", "绑定"],
  removeRule: ["Delete a rule", "删除规则"],
  removeButton: ["Delete", "删除"],
  findIt: ["What finds it", "如何发现"],
  findItWhy: [
    "Exit code 7 tells a pipeline that something differs; pulumi up --refresh repairs it.",
    "退出码 7 告诉流水线存在差异；pulumi up --refresh 可以修复。",
  ],

  noCalls: ["No call yet.", "还没有调用。"],
  ok: ["ok", "成功"],
  time: ["Time", "时间"],
  actionName: ["Action", "接口"],
  code: ["Code", "错误码"],
  moreCalls: [
    "The newest {n} of {count}; all: GET /_emulator/requests",
    "最新 {n} 条，共 {count} 条；全部：GET /_emulator/requests",
  ],
  window: ["Propagation window", "生效窗口"],
  faults: ["Faults", "故障"],
  faultsWhy: ["Let the next calls of an action fail.", "让某个接口接下来的调用失败。"],
  any: ["any", "任意"],
  kind: ["Kind", "类型"],
  codeValue: ["Code or location", "错误码或地址"],
  times: ["How often", "次数"],
  order: ["Order", "添加"],
  waiting: ["Waiting for a call", "等待触发"],
  clearFaults: ["Clear", "清除"],
  dialects: ["Dialects", "方言"],
  dialectsWhy: ["How the API behaves where its documentation is silent.", "文档没有说明之处，API 的行为。"],

  "event.0": ["Push ended", "推流结束"],
  "event.1": ["Push started", "推流开始"],
  "event.100": ["Recording", "录制"],
  "event.200": ["Snapshot", "截图"],
  "event.315": ["Audio moderation", "音频审核"],
  "event.317": ["Image moderation", "图片审核"],
  "event.321": ["Push error", "推流异常"],
  "event.332": ["Recording status", "录制状态"],
  "event.341": ["Recording exception", "录制异常"],
};

/** @typedef {keyof typeof texts} Text */

/** The emulator's reasons why an event was not delivered, in Chinese. */
/** @type {readonly [RegExp, string][]} */
const zhReasons = [
  [/^the rule for (.+) is not in.+/, "$1 的规则尚未生效"],
  [/^no rule for (.+); the.+for (.+)/, "$1 没有规则；该域名的规则属于：$2"],
  [/^no rule for (.+)/, "$1 没有规则"],
  [/^template (\d+) in effect has no (.+)/, "已生效的模板 $1 没有设置 $2"],
  [/^no record rule.+for (.+)/, "$1 没有已生效的录制规则"],
  [/^no snapshot rule.+for (.+)/, "$1 没有已生效的截图规则"],
  [/^snapshot template (.+) does.+/, "截图模板 $1 不存在"],
  [/^image moderation.+template (.+)/, "图片审核未开启：截图模板 $1 的 PornFlag 为 0"],
  [/^not delivered.+/, "未投递：模拟器只访问本机地址"],
  [/^the receiver.+HTTP (\d+).+/, "接收端返回 HTTP $1；只有 200 算送达"],
  [/^(\S+) is not an enabled.+/, "$1 不是该账号已启用的推流域名"],
];

/** @type {Readonly<Record<string, string>>} */
const zhDialects = {
  duplicateRule: "为已绑定的域名和 AppName 创建规则：报错，或改绑",
  missingTemplate: "查询、修改、删除不存在的模板",
  missingRule: "删除不存在的规则",
  unknownTemplate: "用不存在的模板创建规则",
  inUse: "删除已绑定的模板：报错，或连规则一并删除",
  emptyAppName: '规则的 AppName 为 ""',
  omittedOnModify: "修改模板时未传的字段",
  emptyOnModify: '修改模板时传 "" 或 [] 的字段',
  lastUrl: "修改后模板不剩任何 URL",
  unknownDomain: "为未知、停用或播放域名创建规则",
  chinaFields: "仅中国站有的字段",
  exceptionLevelWord: "录制异常级别 warning 读回时的写法",
  timeFormat: "规则时间的格式",
  strayTemplateId: "删除规则时多传的 TemplateId",
  unsetField: "未设置的字段读回的值",
  numericStrings: "JSON 中以文本传入的数字",
  recordRequest: "投递记录的 Request 内容",
  recordRetries: "重试过的投递有几条记录",
  recordFailure: "失败记录的 ResultCode",
  callbackRecords: "是否有 DescribeCallbackRecordsList",
  recordLag: "投递记录延迟多少毫秒出现",
  readLag: "查询返回多少毫秒之前的状态",
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
 * A text with its placeholders filled in.
 *
 * @param {Text} name
 * @param {Record<string, string | number>} [places]
 */
export function t(name, places = {}) {
  const text = texts[name][language === "zh" ? 1 : 0];
  return text.replace(/\{(\w+)\}/g, (_, place) => String(places[place] ?? ""));
}

/** @param {number} type */
export function eventName(type) {
  const name = `event.${type}`;
  return name in texts ? t(/** @type {Text} */ (name)) : String(type);
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

// Tencent's own client (@wecom/aibot-node-sdk), unchanged, as the bot of a server: WECOM_BOT_URL says which.
// What it is told decides what it does; each thing that came of it is a line of JSON.
import { createRequire } from "node:module";

const { WSClient } = createRequire(process.env.SDK + "/")("@wecom/aibot-node-sdk");
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const bot = new WSClient({
  botId: "demo-bot",
  secret: process.env.WECOM_BOT_SECRET,
  wsUrl: process.env.WECOM_BOT_URL,
  reconnectInterval: 20,
  heartbeatInterval: 500,
  maxAuthFailureAttempts: 2,
  logger: quiet,
});
const tell = (what) => console.log(JSON.stringify(what));
const card = (task, title, buttons = 2) => ({
  card_type: "button_interaction",
  main_title: { title },
  button_list: Array.from({ length: buttons }, (_, n) => ({ text: `按钮${n + 1}`, style: 1, key: `k${n + 1}` })),
  task_id: task,
});
const to = (content) => ({ chat_type: 1, msgtype: "markdown", markdown: { content } });
const does = {
  回复: (frame) => bot.reply(frame, { msgtype: "markdown", markdown: { content: "收到" } }),
  流: async (frame) => {
    await bot.replyStream(frame, "s1", "正在", false);
    return bot.replyStream(frame, "s1", "正在写完", true);
  },
  卡片: (frame) => bot.replyTemplateCard(frame, card("t1", "第 7 项")),
  七个: (frame) => bot.replyTemplateCard(frame, card("t7", "太多", 7)),
  冒号: (frame) => bot.replyTemplateCard(frame, card("m:1", "冒号")),
  提醒: () => bot.sendMessage("zhangsan", to("提醒")),
  没有类型: () => bot.sendMessage("zhangsan", { msgtype: "markdown", markdown: { content: "x" } }),
  同时: async (frame) => {
    const raw = (content) =>
      bot.wsManager.send({ cmd: "aibot_respond_msg", headers: frame.headers, body: to(content) });
    raw("一");
    raw("二");
    return { errcode: 0 };
  },
  许多: async () => {
    for (let n = 1; n <= 31; n++) await bot.sendMessage("lisi", to(`${n}`));
  },
  错用: (frame) => bot.updateTemplateCard(frame, card("t1", "不是按钮")),
  上传: async (frame) => {
    const file = Buffer.alloc(1_228_800, "星");
    const { media_id } = await bot.uploadMedia(file, { type: "file", filename: "第三季度.xlsx" });
    return bot.replyMedia(frame, "file", media_id);
  },
};
bot.on("authenticated", () => tell("authenticated"));
bot.on("error", (error) => tell(error.code ?? error.message));
bot.on("disconnected", (reason) => tell(reason));
bot.on("event.enter_chat", (frame) => bot.replyWelcome(frame, { msgtype: "text", text: { content: "欢迎" } }));
bot.on("event.template_card_event", (frame) => {
  const pressed = frame.body.event.template_card_event;
  bot.updateTemplateCard(frame, card(pressed.task_id, `按了 ${pressed.event_key}`), [frame.body.from.userid]);
});
bot.on("message.file", async (frame) => {
  const { buffer, filename } = await bot.downloadFile(frame.body.file.url, frame.body.file.aeskey);
  tell([filename, buffer.toString()]);
});
bot.on("message.text", async (frame) => {
  const word = frame.body.text.content;
  try {
    const answer = await does[word](frame);
    tell([word, answer?.errcode]);
  } catch (refused) {
    tell([word, refused.errcode ?? refused.message]);
  }
});
bot.connect();

// Tencent's own package (@wecom/crypto): seals texts and opens what it is sent, a line of JSON each.
const { decrypt, encrypt, getSignature } = require(process.env.PACKAGES + "/@wecom/crypto");
const { createInterface } = require("node:readline");
const { TOKEN, KEY, CORP } = process.env;

createInterface({ input: process.stdin }).on("line", (line) => {
  const { seal, open } = JSON.parse(line);
  const answer = seal === undefined ? decrypt(KEY, open) : { encrypted: encrypt(KEY, seal, CORP) };
  const about = ["1798419900", "nonce"];
  answer.signature = getSignature(TOKEN, ...about, answer.encrypted ?? open);
  console.log(JSON.stringify(answer));
});

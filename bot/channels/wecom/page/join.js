// 复制: without it the words can be marked and copied by hand.

const words = document.querySelector("#words");
const button = document.querySelector("#copy");
const done = document.querySelector("#done");

function mark() {
  const range = document.createRange();
  range.selectNodeContents(words);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}

button.hidden = false;
button.addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(words.textContent);
    done.textContent = "已复制，请到企业微信里粘贴发送。";
  } catch {
    mark(); // over plain http there is no clipboard
    done.textContent = document.execCommand("copy") ? "已复制，请到企业微信里粘贴发送。" : "已选中，请长按复制。";
  }
});

"use strict";
// The page shows what the providers hold; it keeps nothing but the number. Texts are only ever
// written with textContent, so a text cannot become part of the page.
const PAUSE = 700;
const FINAL = { delivered: true, received: true };
const BAD = { failed: true, undelivered: true, canceled: true };
const ACTIONS = {
  none: [["subscribe", "Subscribe"], ["trial", "Start a trial"]],
  trialing: [["convert", "End the trial, pay"], ["fail_payment", "Fail the payment"], ["cancel", "Cancel now"]],
  active: [["fail_payment", "Fail a payment"], ["cancel_at_period_end", "Cancel at period end"],
    ["pause", "Pause"], ["cancel", "Cancel now"]],
  past_due: [["recover", "Pay after all"], ["cancel", "Cancel now"]],
  unpaid: [["recover", "Pay after all"], ["cancel", "Cancel now"]],
  incomplete: [["recover", "Pay after all"], ["cancel", "Cancel now"]],
  paused: [["resume", "Resume"], ["cancel", "Cancel now"]],
};
const part = (id) => document.getElementById(id);
let number = localStorage.getItem("number") || "+12025550101";
let shown = "";
let subscription = null;

async function call(method, path, body) {
  const options = { method, headers: { Accept: "application/json" } };
  if (body) {
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
  }
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error || `status ${response.status}`);
  return answer;
}

async function attempt(work) {
  try {
    await work();
    part("problem").textContent = "";
  } catch (error) {
    part("problem").textContent = `That did not work: ${error.message}`;
  }
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// A link is made only of this sandbox's own payment pages, under whatever name the sender knows
// the sandbox; everything else stays text.
const PAYMENT_PAGE = /^https?:\/\/[^/\s]+(\/sandbox\/(?:checkout|portal)\/\w+)/;

function write(bubble, body) {
  for (const word of body.split(/(\s+)/)) {
    const found = PAYMENT_PAGE.exec(word);
    if (found) {
      const link = element("a", "", found[0]);
      link.href = `${found[1]}?phone=${encodeURIComponent(number)}`;
      bubble.append(link, word.slice(found[0].length));
    } else {
      bubble.append(word);
    }
  }
}

function bubble(message) {
  const item = element("li", `message ${message.direction}`);
  item.dataset.sid = message.sid;
  const text = element("span", "bubble");
  write(text, message.body || "(no text)");
  const failed = BAD[message.status];
  const state = element("span", failed ? "state bad" : "state");
  state.textContent = describe(message, failed);
  item.append(text, state);
  return item;
}

function describe(message, failed) {
  const time = new Date(message.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const who = message.direction === "in" ? "You" : "Line";
  const status = message.direction === "in" ? "sent" : message.status;
  const reason = failed && message.error_code ? `, error ${message.error_code}` : "";
  const waiting = FINAL[message.status] || failed ? "" : " …";
  return `${who}, ${time} · ${status}${reason}${waiting}`;
}

// Only what changed is touched, so that a screen reader hears new texts and nothing twice.
function draw(messages) {
  const list = part("messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  const known = new Map([...list.children].map((item) => [item.dataset.sid, item]));
  const wanted = new Set(messages.map((message) => message.sid));
  for (const [sid, item] of known) if (!wanted.has(sid)) item.remove();
  let added = false;
  for (const message of messages) {
    const old = known.get(message.sid);
    if (!old) {
      list.append(bubble(message));
      added = true;
      continue;
    }
    const failed = BAD[message.status];
    const state = old.querySelector(".state");
    const text = describe(message, failed);
    if (state.textContent !== text) {
      state.textContent = text;
      state.className = failed ? "state bad" : "state";
    }
  }
  part("empty").hidden = messages.length > 0;
  if (added && atEnd) list.scrollTop = list.scrollHeight;
}

function drawSubscription() {
  const status = subscription ? subscription.status : "none";
  const ending = subscription && subscription.cancel_at_period_end && status !== "canceled";
  const words = ending ? `${status}, ends with its period` : status;
  if (part("status").textContent === words) return;
  part("status").textContent = words;
  const buttons = (ACTIONS[status] || ACTIONS.none).map(([action, label]) => {
    const button = element("button", "", label);
    button.type = "button";
    button.addEventListener("click", () => attempt(() => bill(action, button)));
    return button;
  });
  const focused = part("actions").contains(document.activeElement);
  part("actions").replaceChildren(...buttons);
  if (focused && buttons.length) buttons[0].focus();
}

async function bill(action, button) {
  button.disabled = true;
  try {
    if (action === "subscribe" || action === "trial") {
      await call("POST", "/sandbox/subscribe", { phone: number, link: "phone", trial: action === "trial" });
    } else {
      await call("POST", `/sandbox/subscriptions/${subscription.id}/${action}`, {});
    }
    await refresh();
  } finally {
    button.disabled = false;
  }
}

async function refresh() {
  const asked = number;
  const phone = await call("GET", `/sandbox/phones/${encodeURIComponent(asked)}`);
  if (asked !== number) return;
  const news = JSON.stringify(phone);
  if (news === shown) return;
  shown = news;
  subscription = phone.subscription;
  draw(phone.messages);
  drawSubscription();
}

part("owner").addEventListener("submit", (event) => {
  event.preventDefault();
  number = part("number").value.trim();
  localStorage.setItem("number", number);
  shown = "";
  part("messages").replaceChildren();
  attempt(refresh);
});

part("writer").addEventListener("submit", (event) => {
  event.preventDefault();
  const body = part("body").value;
  if (!body.trim()) return;
  part("body").value = "";
  attempt(async () => {
    try {
      await call("POST", "/sandbox/texts", { from: number, body });
    } catch (error) {
      part("body").value = body;
      throw error;
    }
    await refresh();
    part("messages").scrollTop = part("messages").scrollHeight;
  });
});

part("body").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  part("writer").requestSubmit();
});

async function follow() {
  try {
    if (!document.hidden) await refresh();
    if (part("problem").dataset.lost) {
      part("problem").textContent = "";
      delete part("problem").dataset.lost;
    }
  } catch (error) {
    part("problem").dataset.lost = "1";
    part("problem").textContent = "The sandbox does not answer. Trying again.";
  }
  setTimeout(follow, PAUSE);
}

part("number").value = number;
attempt(async () => {
  const status = await call("GET", "/sandbox/status");
  part("line").textContent = status.from_number;
  part("notice").textContent = status.notice;
  part("notice").hidden = !status.notice;
});
part("status").textContent = "";
follow();

// The page shows what the sandbox tells and keeps nothing but which person is chosen and how much of
// each was seen. Texts are only ever written with textContent: none can become part of the page.
import { drawPath, element } from "/path.js";

const BUSY = 250, IDLE = 1000;
const PEOPLE = [
  ["+12025550101", "Maria Alvarez", "Her mother has dementia and lives with her"],
  ["+12025550112", "James Okafor", "Looks after his wife since her stroke"],
  ["+12025550123", "Priya Nair", "Two small children, a father with Parkinson’s"],
  ["+12025550134", "Ruth Feldman", "Seventy-four; her husband’s only caregiver"],
];
const TRIES = [
  ["Hello", "Hello, my sister gave me this number"],
  ["Can’t sleep", "He wakes me every night and I can't sleep any more"],
  ["Crisis", "I can't do this any more. I want to end my life"],
  ["HELP", "HELP"], ["STOP", "STOP"], ["START", "START"],
  ["Emoji", "Thank you 💛 for being there. It has been a long week: two appointments, one fall, the pharmacy twice, and my brother still says he is too busy to help out with any of it."],
];
const STATUS = {
  none: ["No subscription", ""], active: ["Active", "good"], trialing: ["Trial", "good"], past_due: ["Past due", "warn"],
  unpaid: ["Unpaid", "bad"], incomplete: ["Incomplete", "warn"], incomplete_expired: ["Expired", "bad"],
  paused: ["Paused", "warn"], canceled: ["Canceled", "bad"],
};
const END = ["cancel", "Cancel now"], PAY = ["recover", "Pay after all"];
const START = [["subscribe", "Subscribe"], ["trial", "Start a trial"]];
const ACTIONS = {
  trialing: [["convert", "End the trial, pay"], ["fail_payment", "Fail the payment"], END],
  active: [["fail_payment", "Fail a payment"], ["cancel_at_period_end", "Cancel at period end"], ["pause", "Pause"], END],
  past_due: [PAY, END], unpaid: [PAY, END], incomplete: [PAY, END], paused: [["resume", "Resume"], END],
};
// What can be made to go wrong, by whom; each is one fault of the sandbox, until it is put right.
const FAULTS = [
  ["Twilio", [
    ["slow", "Slow", "Every request takes 3 seconds.", { provider: "twilio", kind: "delay", seconds: 3 }],
    ["failing", "Failing", "Every request is answered with 503.", { provider: "twilio", kind: "fail", status: 503 }],
    ["dropping", "Takes it, then drops", "Texts are taken, but the answer is lost.", { provider: "twilio", kind: "drop_after_accept" }],
    ["unreachable", "Phone unreachable", "Texts are taken and not delivered: error 30003.", { provider: "twilio", kind: "error_code", code: 30003 }],
  ]],
  ["Webhooks", [
    ["twice", "Twice", "Each is posted twice at once.", { provider: "webhooks", kind: "duplicate", copies: 1 }],
    ["disorder", "Out of order", "Each waits until another has overtaken it, 2 seconds at most.", { provider: "webhooks", kind: "reorder", seconds: 2 }],
  ]],
  ["Stripe", [
    ["stripe-slow", "Slow", "Every request takes 3 seconds.", { provider: "stripe", kind: "delay", seconds: 3 }],
    ["stripe-failing", "Failing", "Every request is answered with 500.", { provider: "stripe", kind: "fail", status: 500 }],
  ]],
];
// https://www.twilio.com/docs/api/errors
const ERRORS = {
  21211: "not a valid number", 21408: "no permission for this country", 21610: "they have opted out", 21612: "cannot be reached from our number",
  21614: "not a mobile phone", 30003: "the phone is off or out of reach", 30004: "blocked", 30005: "nobody has this number",
  30006: "a landline", 30007: "filtered by the carrier", 30008: "unknown error at the carrier", 30034: "our number is not registered",
};
const STATES = {
  accepted: ["Queued", "…"], queued: ["Queued", "…"], sending: ["Sending", "…"], sent: ["Sent", "✓"], delivered: ["Delivered", "✓✓"],
  received: ["Delivered", "✓✓"], undelivered: ["Not delivered", "!"], failed: ["Failed", "!"], canceled: ["Canceled", "!"],
};
const BAD = new Set(["undelivered", "failed", "canceled"]);
// A link is made only of this sandbox's own payment pages, under whatever name the sender knows the
// sandbox; everything else stays text.
const PAYMENT_PAGE = /^https?:\/\/[^/\s]+(\/sandbox\/(?:checkout|portal)\/\w+)/;

const part = (id) => document.getElementById(id);
let number = localStorage.getItem("number") || PEOPLE[0][0];
let seen = JSON.parse(localStorage.getItem("seen") || "{}");
let shown = { phone: "", people: "", billing: "", faults: "", path: "" };
let inView = "";
let subscription = null, busyUntil = 0, timer = 0, lost = false;

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

function say(problem) {
  part("problem").textContent = problem;
  part("problem").hidden = !problem;
}

// Whether it worked; the page says so where it did not.
async function attempt(work) {
  let done = true;
  try {
    await work();
    say("");
  } catch (error) {
    done = false;
    say(`That did not work: ${error.message}`);
  }
  soon();
  return done;
}

const changed = (what, value) => {
  const news = JSON.stringify(value);
  if (shown[what] === news) return false;
  shown[what] = news;
  return true;
};

// --- people ------------------------------------------------------------------------------------

function nameOf(phone) {
  const known = PEOPLE.find(([each]) => each === phone);
  return known ? known[1] : phone;
}

function avatar(phone) {
  const place = PEOPLE.findIndex(([each]) => each === phone);
  const initials = place < 0 ? phone.slice(-2) : PEOPLE[place][1].split(" ").map((word) => word[0]).join("");
  const made = element("span", `avatar p${place < 0 ? "x" : place}`, initials);
  made.setAttribute("aria-hidden", "true");
  return made;
}

function drawPeople(texted) {
  if (!changed("people", [texted, number, seen])) return;
  const known = new Map(texted.map((each) => [each.number, each]));
  const named = PEOPLE.map(([phone]) => phone);
  const others = texted.map((each) => each.number).filter((phone) => !named.includes(phone)).slice(0, 6);
  if (![...named, ...others].includes(number)) others.push(number);
  const focused = document.activeElement?.dataset?.phone;
  part("people").replaceChildren(...[...named, ...others].map((phone) => {
    const [, , about] = PEOPLE.find(([each]) => each === phone) || ["", "", "No name, just a number"];
    const chosen = phone === number, news = known.get(phone);
    const unread = !chosen && news && news.texts > (seen[phone] || 0);
    const words = element("span", "words", element("b", "", nameOf(phone)), element("span", "", news ? news.newest : about));
    const button = element("button", "person", avatar(phone), words);
    if (unread) button.append(element("span", "unread", element("span", "hidden", "new texts")));
    button.type = "button";
    button.title = about;
    button.dataset.phone = phone;
    button.setAttribute("aria-pressed", String(chosen));
    button.addEventListener("click", () => choose(phone));
    return element("li", "", button);
  }));
  if (focused) [...part("people").querySelectorAll("button")].find((each) => each.dataset.phone === focused)?.focus();
  if (inView !== number) bringIntoView(part("people"));
}

// On a phone people stand side by side, and whoever is chosen may be beyond the edge.
function bringIntoView(people) {
  const chosen = people.querySelector("[aria-pressed=true]").closest("li");
  people.scrollLeft = chosen.offsetLeft - (people.clientWidth - chosen.offsetWidth) / 2;
  inView = number;
}

function choose(phone) {
  number = phone;
  localStorage.setItem("number", phone);
  shown = { ...shown, phone: "", billing: "", path: "" };
  part("messages").replaceChildren();
  part("empty").hidden = true;
  drawOwner();
  soon();
}

function drawOwner() {
  const named = nameOf(number) !== number;
  part("owner-name").textContent = named ? nameOf(number) : "This phone";
  part("owner-number").textContent = number;
}

// --- bubbles -----------------------------------------------------------------------------------

function write(bubble, body) {
  for (const word of body.split(/(\s+)/)) {
    const found = PAYMENT_PAGE.exec(word);
    if (found) {
      const link = element("a", "", found[0]);
      link.href = `${found[1]}?phone=${encodeURIComponent(number)}`;
      bubble.append(link, word.slice(found[0].length));
    } else bubble.append(word);
  }
}

function stateOf(message) {
  const [word, mark] = STATES[message.status] || [message.status, ""];
  const parts = [word];
  const bad = BAD.has(message.status);
  if (message.error_code) parts[0] += `: ${ERRORS[message.error_code] || "error"} (${message.error_code})`;
  else if (message.direction === "in" && message.error && message.status !== "delivered") parts[0] += `: ${said(message.error)}`;
  parts.push(new Date(message.at).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" }));
  if (message.segments > 1 || message.encoding !== "GSM-7") {
    parts.push(`${message.segments} segment${message.segments > 1 ? "s" : ""}${message.encoding === "GSM-7" ? "" : " of Unicode"}`);
  } else parts.push("1 segment");
  if (message.copies > 1) parts.push(`posted ${message.copies} times`);
  return { text: parts.join(" · "), mark, bad };
}

function said(error) {
  if (error === "nobody listens") return "waits for the gateway, which does not answer";
  return typeof error === "number" ? `the gateway said ${error}` : error;
}

function writeState(place, message) {
  const { text, mark, bad } = stateOf(message);
  if (place.dataset.text === text) return;
  place.dataset.text = text;
  place.className = `state${bad ? " bad" : ""}${message.status === "delivered" ? " done" : ""}`;
  const sign = element("span", "mark", mark);
  sign.setAttribute("aria-hidden", "true");
  place.replaceChildren(element("span", "", text), sign);
}

function bubble(message) {
  const item = element("div", `message ${message.direction}`);
  item.dataset.sid = message.sid;
  const text = element("span", "bubble", element("span", "hidden", message.direction === "in" ? "You: " : "Respite: "));
  write(text, message.body || "(no text)");
  const state = element("span", "state");
  writeState(state, message);
  item.append(text, state);
  return item;
}

// Only what changed is touched, so that a screen reader hears new texts and nothing twice.
function drawMessages(messages, writing) {
  const list = part("messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  list.querySelector(".writing")?.remove();
  const known = new Map([...list.children].map((item) => [item.dataset.sid, item]));
  const wanted = new Set(messages.map((message) => message.sid));
  for (const [sid, item] of known) if (!wanted.has(sid)) item.remove();
  for (const message of messages) {
    const old = known.get(message.sid);
    if (old) writeState(old.querySelector(".state"), message);
    else list.append(bubble(message));
  }
  if (writing) {
    const dots = element("div", "writing", element("i"), element("i"), element("i"));
    dots.setAttribute("aria-hidden", "true");
    list.append(dots);
  }
  part("empty").hidden = messages.length > 0;
  if (atEnd || writing) list.scrollTop = list.scrollHeight;
}

// Whether an answer is on its way: a job of this text has not ended, and nothing was sent yet.
function isWriting(path) {
  if (!path || path.complete || path.kind !== "text") return false;
  const waits = path.steps.some((step) => step.kind === "job" && step.end === null && ["process_inbound_sms", "answer_sms", "send_answer"].includes(step.type));
  return waits && !path.steps.some((step) => step.kind === "message");
}

// --- subscription ------------------------------------------------------------------------------

function drawBilling() {
  if (!changed("billing", subscription)) return;
  const status = subscription ? subscription.status : "none";
  const [words, mood] = STATUS[status] || [status, "warn"];
  part("status").textContent = words;
  part("status").className = `chip ${mood}`;
  const ending = subscription?.cancel_at_period_end && status !== "canceled";
  part("until").textContent = ending ? "Ends with its period." : status === "none" ? "The first five texts are answered all the same." : "";
  const buttons = (ACTIONS[status] || START).map(([action, label]) => {
    const button = element("button", ["subscribe", "recover", "resume"].includes(action) ? "" : "quiet", label);
    button.type = "button";
    button.addEventListener("click", () => bill(action, button));
    return button;
  });
  const focused = part("actions").contains(document.activeElement);
  part("actions").replaceChildren(...buttons);
  if (focused && buttons.length) buttons[0].focus();
}

async function bill(action, button) {
  button.disabled = true;
  await attempt(() => (action === "subscribe" || action === "trial"
    ? call("POST", "/sandbox/subscribe", { phone: number, link: "phone", trial: action === "trial" })
    : call("POST", `/sandbox/subscriptions/${subscription.id}/${action}`, {})));
  button.disabled = false;
}

// --- faults ------------------------------------------------------------------------------------

const isThis = (fault, spec) => Object.entries(spec).every(([name, value]) => String(fault[name]) === String(value));

function drawFaults(faults) {
  if (!changed("faults", faults.map(({ hits, ...fault }) => fault))) return;
  const known = new Set();
  for (const [, group] of FAULTS) {
    for (const [id, , , spec] of group) {
      const found = faults.filter((fault) => isThis(fault, spec));
      found.forEach((fault) => known.add(fault.id));
      part(`fault-${id}`).setAttribute("aria-pressed", String(found.length > 0));
      part(`fault-${id}`).dataset.ids = found.map((fault) => fault.id).join(" ");
    }
  }
  const others = faults.filter((fault) => !known.has(fault.id)).map((fault) => `${fault.provider} ${fault.kind}`);
  const made = [`${faults.length === 1 ? "One thing goes" : `${faults.length} things go`} wrong now.`];
  if (others.length) made.push(`Made elsewhere: ${others.join(", ")}.`);
  part("faults-told").textContent = faults.length ? made.join(" ") : "Nothing: every provider works.";
  part("right").disabled = !faults.length;
}

function makeFaults() {
  for (const [title, group] of FAULTS) {
    const buttons = group.map(([id, label, what, spec]) => {
      const button = element("button", "fault", label);
      button.type = "button";
      button.id = `fault-${id}`;
      button.title = what;
      button.setAttribute("aria-label", `${title}, ${label}: ${what}`);
      button.setAttribute("aria-pressed", "false");
      button.addEventListener("click", () => attempt(async () => {
        const ids = (button.dataset.ids || "").split(" ").filter(Boolean);
        for (const each of ids) await call("DELETE", `/sandbox/faults/${each}`);
        if (!ids.length) await call("POST", "/sandbox/faults", spec);
      }));
      return button;
    });
    const made = element("div", "group", element("h3", "", title), element("div", "buttons", ...buttons));
    part("faults").append(made);
  }
  part("right").addEventListener("click", () => attempt(() => call("DELETE", "/sandbox/faults")));
}

// --- following ---------------------------------------------------------------------------------

async function refresh() {
  const asked = number;
  const now = await call("GET", `/sandbox/phones/${encodeURIComponent(asked)}/now`);
  if (asked !== number) return;
  subscription = now.subscription;
  const writing = isWriting(now.path);
  if (changed("phone", [now.messages, writing])) drawMessages(now.messages, writing);
  const texts = now.messages.length;
  const told = now.people.find((each) => each.number === number);
  if (told && seen[number] !== told.texts) {
    seen = { ...seen, [number]: told.texts };
    localStorage.setItem("seen", JSON.stringify(seen));
  }
  drawPeople(now.people);
  drawBilling();
  drawFaults(now.faults);
  const { now: moment, ...path } = now.path || {};
  if (changed("path", path) || (now.path && !now.path.complete)) drawPath(part("path"), now.path);
  const gone = now.gateway.answers ? "" : `The gateway at ${now.gateway.url} does not answer. Texts wait here and are posted as soon as it does.`;
  if (gone || lost) say(gone);
  lost = Boolean(gone);
  const open = now.path && !now.path.complete && now.path.now - now.path.at < 60_000;
  if (open || now.messages.slice(texts - 3).some((each) => ["queued", "sending", "sent", "accepted"].includes(each.status))) busyUntil = Date.now() + BUSY;
}

async function follow() {
  clearTimeout(timer);
  try {
    if (!document.hidden) await refresh();
  } catch (error) {
    lost = true;
    say("The sandbox does not answer. Trying again.");
  }
  clearTimeout(timer);
  timer = setTimeout(follow, Date.now() < busyUntil ? BUSY : IDLE);
}

function soon() {
  busyUntil = Date.now() + 2000;
  follow();
}

function send(body) {
  part("messages").scrollTop = part("messages").scrollHeight;
  return attempt(() => call("POST", "/sandbox/texts", { from: number, body }));
}

part("writer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = part("body").value;
  if (!body.trim()) return;
  part("body").value = "";
  grow();
  if (await send(body)) return;
  part("body").value = body;
  grow();
});

part("body").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  part("writer").requestSubmit();
});

function grow() {
  part("body").rows = Math.min(5, Math.max(1, part("body").value.split("\n").length, Math.ceil(part("body").value.length / 34)));
}
part("body").addEventListener("input", grow);

part("owner").addEventListener("submit", (event) => {
  event.preventDefault();
  const wanted = part("number").value.replace(/[\s().-]/g, "");
  if (!/^\+[1-9]\d{6,14}$/.test(wanted)) {
    say("That is no number with its country code, like +12025550177.");
    part("number").focus();
    return;
  }
  say("");
  part("number").value = "";
  choose(wanted);
});

part("tries").append(...TRIES.map(([label, text]) => {
  const button = element("button", "try", label);
  button.type = "button";
  button.title = text;
  button.addEventListener("click", () => send(text));
  return button;
}));

document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(); });
makeFaults();
drawOwner();
drawPath(part("path"), null);
attempt(async () => {
  const status = await call("GET", "/sandbox/status");
  part("line").textContent = status.from_number;
  part("banner").textContent = status.banner;
  part("notice").textContent = status.notice;
});

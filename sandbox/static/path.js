// Draws the path of a text or a payment from its records.

const LATER = 60_000;
// What each kind of job does, and the services it calls for that.
const JOBS = {
  process_inbound_sms: ["crisis check, then the record", "identity, profile, conversation"],
  answer_sms: ["limits, access, the assistant", "conversation, billing, profile"],
  send_answer: ["consent, the right to send", "profile, identity, conversation"],
  send_notice: ["a fixed text", "profile, identity, conversation"],
  send_operator_text: ["what an operator wrote", "profile, identity, conversation"],
  resend_text: ["once more, the handset was away", "conversation, profile, identity"],
  send_crisis_reply: ["the fixed reply, before all else", "profile, conversation"],
  record_crisis: ["opens or joins the episode", "identity, profile"],
  record_inbound: ["records the text", "identity, profile, conversation"],
  record_crisis_reply: ["writes the reply into the ledger", "identity, conversation"],
  process_stripe_event: ["asks Stripe, gives or ends access", "billing, identity, profile"],
  follow_up_crisis: ["asks how they are", "profile, identity, conversation"],
  alert_operators: ["tells the people behind the line", ""],
  erase_user: ["erases the person", "all five services"],
};
const REASONS = [
  [/^UNKNOWN_OUTCOME/, "nobody knows whether Twilio took it, so it is looked up before it is sent again"],
  [/^STRIPE_AWAY/, "Stripe cannot be asked whether the person has paid, so the text waits"],
  [/^WORKER_STOPPED/, "its worker stopped"],
];
const STATIONS = ["Phone", "Gateway", "Jobs", "Worker", "Twilio", "Phone"];
const PAID_STATIONS = ["Stripe", "Gateway", "Jobs", "Worker", "Twilio", "Phone"];

export function element(name, className, ...inside) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...inside);
  return made;
}

export function duration(ms) {
  if (ms < 10) return `${Math.max(0, ms).toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} hours` : `${Math.round(ms / 86_400_000)} days`;
}

// Rows as they are shown: what tells of delivery is one row a message, jobs far off are one a type.
function rows(path) {
  const told = [], later = new Map(), shown = [];
  for (const step of path.steps) {
    const isTold = step.source === "status" || step.type === "process_sms_status";
    if (isTold) told.push(step);
    else if (step.kind === "job" && step.state === "scheduled" && step.due > path.now + LATER) {
      if (!later.has(step.type)) later.set(step.type, []);
      later.get(step.type).push(step);
    } else shown.push(row(step, path));
  }
  if (told.length) shown.push(toldRow(told));
  for (const [type, jobs] of later) shown.push(laterRow(type, jobs, path));
  return shown.sort((a, b) => a.at - b.at);
}

function row(step, path) {
  const made = { at: step.at, end: step.end, id: step.id, open: step.end === null };
  if (step.kind === "webhook") return Object.assign(made, webhook(step));
  if (step.kind === "job") return Object.assign(made, job(step, path));
  if (step.kind === "request") return Object.assign(made, request(step));
  return Object.assign(made, message(step));
}

function webhook(step) {
  const path = step.source === "stripe" ? "/stripe" : "/twilio/sms";
  const title = step.source === "stripe" ? `Stripe posts ${step.about}` : "Twilio posts the text";
  const tries = step.attempts > 1 ? `, attempt ${step.attempts}` : "";
  if (step.state === "delivered") {
    return { who: "gateway", title, text: `POST ${path}, ${step.status} in ${duration(step.end - step.at)}${tries}` };
  }
  const why = step.status || step.error || "on its way";
  const bad = step.state === "gave_up";
  return { who: "gateway", title, bad, open: !bad, text: `POST ${path}: ${why}${tries}${bad ? ", given up" : ""}` };
}

function job(step, path) {
  const [does, calls] = JOBS[step.type] || ["", ""];
  const parts = [];
  const ran = step.claimed === null ? null : (step.end ?? path.now) - step.claimed;
  if (step.claimed !== null) parts.push(`waited ${duration(step.claimed - step.at)}`);
  let bad = false;
  if (step.state === "completed") parts.push(`ran ${duration(ran)}`, step.result);
  else if (step.state === "running") parts.push(`runs for ${duration(ran)}`);
  else if (step.state === "dead") { parts.push(`given up: ${reason(step.error)}`); bad = true; }
  else if (step.state === "scheduled") parts.push(`${reason(step.error)}, again in ${duration(step.due - path.now)}`);
  else if (step.state === "blocked") parts.push("waits for the job before it in its lane");
  else parts.push(step.error ? `${reason(step.error)}, tries again` : step.state);
  if (step.attempt > 1) parts.push(`attempt ${step.attempt}`);
  parts.push(`job ${step.job_id}`);
  const text = parts.filter(Boolean).join(" · ");
  return { who: "worker", title: step.type, code: true, does, calls, text, bad, claimed: step.claimed };
}

function reason(code) {
  const known = REASONS.find(([pattern]) => pattern.test(code));
  return known ? known[1] : code || "put off";
}

function request(step) {
  const name = step.provider[0].toUpperCase() + step.provider.slice(1);
  const what = step.route.split("/").filter((each) => !each.startsWith("{")).pop().replace(".json", "");
  const verb = step.provider === "twilio" ? "is asked to send" : step.method === "GET" ? "is asked" : "is told";
  const said = step.end === null ? "no answer yet"
    : step.status === null ? `the line drops after ${duration(step.end - step.at)}`
      : `${step.status} in ${duration(step.end - step.at)}`;
  const bad = step.end !== null && (step.status === null || step.status >= 400);
  return { who: "provider", title: `${name} ${verb}`, text: `${step.method} ${what}: ${said}`, bad };
}

function message(step) {
  const [first, ...others] = step.states;
  const text = [first.state, ...others.map((each) => `${each.state} +${duration(each.at - first.at)}`)].join(", ");
  const bad = Boolean(step.error_code);
  return { who: "carrier", title: "The carrier takes it to the phone", text, bad };
}

function toldRow(told) {
  const webhooks = told.filter((step) => step.kind === "webhook");
  const jobs = told.filter((step) => step.kind === "job");
  const open = told.some((step) => step.end === null);
  return {
    id: "told", who: "gateway", title: "Twilio posts each state", at: Math.min(...told.map((step) => step.at)), open,
    end: open ? null : Math.max(...told.map((step) => step.end)),
    text: `${count(webhooks.length, "webhook")}, ${count(jobs.length, "job")} process_sms_status`,
  };
}

function laterRow(type, jobs, path) {
  const first = Math.min(...jobs.map((step) => step.due));
  return {
    id: `later-${type}`, who: "worker", code: true, title: type, at: jobs[0].at, end: jobs[0].at,
    does: (JOBS[type] || [""])[0], text: `${count(jobs.length, "job")}, the first in ${duration(first - path.now)}`,
  };
}

function count(number, word) {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

// When each station was reached; null where not yet.
function reached(path) {
  const first = (test) => {
    const times = path.steps.map(test).filter((time) => typeof time === "number");
    return times.length ? Math.min(...times) : null;
  };
  const isRoot = (step) => step.kind === "webhook" && step.source !== "status";
  const ofStatus = (step) => step.type === "process_sms_status";
  return [
    path.at,
    first((step) => isRoot(step) && step.state === "delivered" && step.at),
    first((step) => step.kind === "job" && !ofStatus(step) && step.at),
    first((step) => step.kind === "job" && !ofStatus(step) && step.claimed),
    first((step) => step.kind === "request" && step.provider === "twilio" && step.status < 300 && step.status && step.end),
    first((step) => step.kind === "message" && step.states.find((each) => each.state === "delivered")?.at),
  ];
}

function stations(path) {
  const times = reached(path);
  const last = times.reduce((found, time, place) => (time === null ? found : place), 0);
  const names = path.kind === "payment" ? PAID_STATIONS : STATIONS;
  return element("ol", "stations", ...names.map((name, place) => {
    const time = times[place];
    const state = time !== null ? "done" : !path.complete && place === last + 1 ? "next" : "";
    const told = time === null ? "–" : place ? `+${duration(time - path.at)}` : "0 ms";
    return element("li", state, element("b", "", name), element("span", "", told));
  }));
}

function bar(each, path, total) {
  const track = element("span", "bar");
  track.setAttribute("aria-hidden", "true");
  const part = (from, to, className) => {
    const made = element("i", className);
    made.style.left = `${(100 * (from - path.at)) / total}%`;
    made.style.width = `${(100 * Math.max(0, to - from)) / total}%`;
    track.append(made);
  };
  const end = each.end ?? path.now;
  if (each.claimed) {
    part(each.at, each.claimed, "wait");
    part(each.claimed, end, "run");
  } else part(each.at, end, each.open ? "wait" : "run");
  return track;
}

export function drawPath(place, path) {
  if (!path) {
    place.replaceChildren(element("p", "help", "As soon as somebody texts or pays, its path is shown here: gateway, jobs, services, provider."));
    return;
  }
  const list = rows(path);
  const total = Math.max(1, ...list.map((each) => (each.end ?? path.now) - path.at));
  const drawn = list.map((each) => {
    const item = element("li", `${each.who}${each.bad ? " bad" : ""}${each.open && !path.complete ? " open" : ""}`);
    const title = element("p", "title", element(each.code ? "code" : "b", "", each.title));
    if (each.does) title.append(element("span", "", ` ${each.does}`));
    const inside = [title, element("p", "text", each.text)];
    if (each.calls) inside.push(element("p", "text calls", `calls ${each.calls}`));
    item.append(element("span", "at", `+${duration(each.at - path.at)}`), element("div", "", ...inside, bar(each, path, total)));
    return item;
  });
  const notes = {
    unreachable: "The queue cannot be asked right now: jobs are not shown.",
    unknown: "This sandbox runs without the queue: jobs are not shown.",
    past: "Its jobs are no longer among the newest, or not there yet.",
  };
  place.dataset.complete = path.complete;
  const parts = [stations(path), element("ol", "steps", ...drawn)];
  if (notes[path.jobs] && (path.jobs !== "past" || path.now - path.at > 3000)) parts.splice(1, 0, element("p", "help", notes[path.jobs]));
  place.replaceChildren(...parts);
}

// Draw what the local world tells, and ask it for what a person clicks. Text from tables is only ever text.
"use strict";

const $ = (id) => document.getElementById(id);
const state = { calls: new Map(), chosen: null, selected: null, mine: null, world: null, clock: null, run: null, skew: 0, app: null };

// The token stands in the printed address; from there it goes into this tab's memory, and out of sight.
function takeToken() {
  const given = location.hash.slice(1);
  if (given) {
    sessionStorage.setItem("token", given);
    history.replaceState(null, "", location.pathname);
  }
}

function headers(more) {
  return { "X-Switchboard-Token": sessionStorage.getItem("token") || "", ...more };
}

async function ask(path, body) {
  say("");
  try {
    const answer = await fetch(`api/${path}`, {
      method: "POST", headers: headers({ "Content-Type": "application/json" }), body: JSON.stringify(body),
    });
    const told = await answer.json();
    if (answer.ok) return told;
    say(told.error.message);
  } catch {
    say("This machine's world does not answer.");
  }
  return null;
}

function say(problem) {
  show($("problem"), Boolean(problem));
  text($("problem"), problem);
}

// Small tools. An element is changed only where it differs, so that focus and a reader's place are kept.
function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

function attribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function show(element, visible) {
  if (element.hidden === visible) element.hidden = !visible;
}

function make(tag, kind, ...children) {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  element.append(...children);
  return element;
}

// Bring a list of elements in line with a list of things: each keeps its element, by its key.
function keyed(parent, things, keyOf, create, update) {
  const keys = things.map((thing) => String(keyOf(thing)));
  const wanted = new Set(keys);
  for (const child of [...parent.children]) if (!wanted.has(child.dataset.key)) child.remove();
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const [number, thing] of things.entries()) {
    const key = keys[number];
    let element = known.get(key);
    if (!element) {
      element = create(thing);
      element.dataset.key = key;
    }
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
    update(element, thing);
  }
}

function length(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(1)} s`;
}

const now = () => performance.now() - state.skew; // in the time of the local world
const age = (call) => Math.max(0, now() - call.rang);

// What is told: https://html.spec.whatwg.org/multipage/server-sent-events.html, read by fetch for its headers' sake.
async function listen() {
  let last = "";
  let pause = 300;
  for (;;) {
    const watch = new AbortController();
    let alarm;
    const awake = () => {
      clearTimeout(alarm);
      alarm = setTimeout(() => watch.abort(), 40000);
    };
    try {
      awake();
      const answer = await fetch("api/events", { headers: headers(last && { "Last-Event-ID": last }), signal: watch.signal });
      if (answer.status === 401) note("This page does not have the right address: open the one that `make run` prints.");
      else if (answer.status === 503) note("Too many of these pages are open: close one.");
      else if (answer.ok) {
        pause = 300;
        note("");
        dirty.add("app");
        draw();
        await read(answer.body, awake, (id) => { last = id; });
        note("The local world has ended. As soon as `make run` is up again, this page goes on.");
      }
    } catch {
      note("The local world does not answer. As soon as `make run` is up again, this page goes on.");
    }
    clearTimeout(alarm);
    text($("app-state"), "Not connected.");
    await new Promise((done) => { setTimeout(done, pause); });
    pause = Math.min(pause * 1.6, 4000);
  }
}

async function read(body, awake, seen) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    awake();
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) take(part, seen);
    draw();
  }
}

function take(part, seen) {
  const fields = { event: "", id: "", data: "" };
  for (const line of part.split("\n")) {
    const at = line.indexOf(": ");
    if (at > 0) fields[line.slice(0, at)] = line.slice(at + 2);
  }
  if (!fields.data) return;
  const data = JSON.parse(fields.data);
  if (fields.event === "begin") begin(data);
  else if (fields.event === "beat") state.skew = performance.now() - data.now;
  else if (fields.event === "update") update(data.key, data.value);
  if (fields.id) seen(fields.id);
}

function begin(data) {
  const isAnother = state.run && state.run !== data.run;
  state.run = data.run;
  state.skew = performance.now() - data.now;
  state.calls.clear();
  dirty.add("calls");
  note(isAnother ? "`make run` was started anew: the calls from before are gone." : "");
  if (isAnother) state.chosen = null;
  say(""); // what could not be done before counts no more
}

function note(words) {
  show($("note"), Boolean(words));
  text($("note"), words);
}

function update(key, value) {
  if (!key.startsWith("call/")) {
    state[key] = value;
    dirty.add(key);
    return;
  }
  const id = key.slice(5);
  dirty.add("calls");
  if (value === null) state.calls.delete(id);
  else state.calls.set(id, value);
  if (state.mine === id) {
    state.chosen = id;
    state.mine = null;
  }
}

// Drawing: whatever has changed, once a frame.
const dirty = new Set(["calls"]);
let drawing = false;

function draw() {
  if (drawing) return;
  drawing = true;
  setTimeout(() => {
    drawing = false;
    if (dirty.has("world")) drawWorld(state.world);
    if (dirty.has("switches") || dirty.has("world")) drawSwitches();
    if (dirty.has("app") && state.app) drawApp(state.app);
    if (dirty.has("calls")) drawCalls();
    if (dirty.has("clock")) drawClock();
    dirty.clear();
  }, 16);
}

let isChosen = false; // whether a person has said which line

function drawWorld(world) {
  if (!world) return;
  keyed($("lines"), world.lines, (line) => line.id, newLine, changeLine);
  if (!isChosen) { // a line with a few phones shows best what happens
    const first = world.lines.findIndex((line) => (line.who.rings || []).length > 1 && line.who.rings.length < 6);
    const radio = $("lines").querySelectorAll("input")[Math.max(first, 0)];
    if (radio) radio.checked = true;
  }
  show($("save"), world.folder !== null);
  text($("save"), `Save the edits into the folder ${world.folder}`);
  const lists = Map.groupBy(world.people, (one) => one.list);
  keyed($("people"), [...lists], ([list]) => list, newList, changeList);
  lineChosen();
}

function chosenLine() {
  const chosen = $("lines").querySelector("input:checked");
  return state.world && chosen ? state.world.lines.find((one) => one.id === chosen.value) : undefined;
}

// Everybody in the tables, once; until a person chooses, whoever rings first for the line.
function offerPeople(select, isFree) {
  const unique = new Map(state.world.people.toReversed().map((one) => [one.id, one]));
  options(select, [...unique.values()].toReversed().map((one) => [one.id, `${one.name} (${one.list})`]));
  const line = chosenLine();
  if (isFree && !select.dataset.chosen && line && (line.who.rings || []).length) select.value = line.who.rings[0].id;
}

function lineChosen() {
  const line = chosenLine();
  text($("place"), line ? `Call ${line.name}` : "Call");
  offerPeople($("by"), true);
  drawSwitches();
}

function options(select, pairs) {
  keyed(select, pairs, ([value]) => value, ([value]) => {
    const option = make("option");
    option.value = value;
    return option;
  }, (option, [, name]) => text(option, name));
}

function newLine(line) {
  const radio = make("input");
  radio.type = "radio";
  radio.name = "line";
  radio.value = line.id;
  return make("label", "", radio, make("span", "", make("b"), make("i"), make("small")));
}

function changeLine(label, line) {
  const who = line.who;
  const rings = (who.rings || []).map((one) => one.name || one.id);
  text(label.querySelector("b"), line.name);
  text(label.querySelector("i"), who.list ? `list ${who.list}` : "");
  const shown = rings.length > 4 ? `${rings.slice(0, 3).join(", ")} and ${rings.length - 3} more` : rings.join(", ");
  let words = "Asking the app who rings now …";
  if (rings.length) words = `Rings now: ${shown}`;
  else if (who.decision) words = `Now: ${who.decision}`;
  text(label.querySelector("small"), words);
}

function newList([list]) {
  const title = make("h3", "", list);
  const details = make("details", "", make("summary", "", title, " ", make("span", "soft")), make("ul"));
  details.open = true;
  return details;
}

function changeList(details, [, rows]) {
  const on = rows.filter((row) => row.enabled).length;
  text(details.querySelector("summary span"), `${on} of ${rows.length} switched on`);
  if (!details.dataset.seen) {
    details.dataset.seen = "yes";
    details.open = rows.length < 8;
  }
  keyed(details.querySelector("ul"), rows, (row) => row.id, newPerson, changePerson);
}

function newPerson(row) {
  const toggle = newToggle("on", "off");
  toggle.addEventListener("click", () => {
    const enabled = toggle.getAttribute("aria-checked") !== "true";
    ask("targets", { list: row.list, id: row.id, enabled });
  });
  return make("li", "", toggle);
}

function changePerson(item, row) {
  const toggle = item.firstElementChild;
  turn(toggle, row.enabled, row.name, row.id === row.name ? row.kind : row.id.length > 20 ? row.kind : row.id);
}

function newToggle(on, off) {
  const toggle = make("button", "toggle", make("span"), make("em"));
  toggle.type = "button";
  toggle.dataset.on = on;
  toggle.dataset.off = off;
  attribute(toggle, "role", "switch");
  toggle.firstElementChild.append(make("span"), make("small"));
  attribute(toggle.lastElementChild, "aria-hidden", "true");
  return toggle;
}

function turn(toggle, on, name, more) {
  attribute(toggle, "aria-checked", String(on));
  text(toggle.querySelector("span > span"), name);
  text(toggle.querySelector("small"), more || "");
  text(toggle.querySelector("em"), on ? toggle.dataset.on : toggle.dataset.off);
}

function drawSwitches() {
  if (!state.switches) return;
  keyed($("switches"), state.switches, (one) => one.name, newSwitch, changeSwitch);
  $("all-kind").disabled = !state.switches.some((one) => one.on);
}

function newSwitch(one) {
  const toggle = newToggle("on", "off");
  const item = make("li", "", toggle, make("p", "", one.text));
  let select = null;
  if (one.chooses) {
    const id = `${one.name}-whom`;
    const label = make("label", "", "Who is refused?");
    label.htmlFor = id;
    select = make("select");
    select.id = id;
    select.addEventListener("change", () => {
      select.dataset.chosen = "yes";
      if (toggle.getAttribute("aria-checked") === "true") ask(`switches/${one.name}`, { on: true, whom: select.value });
    });
    item.append(label, select);
  }
  toggle.addEventListener("click", () => {
    const on = toggle.getAttribute("aria-checked") !== "true";
    ask(`switches/${one.name}`, select ? { on, whom: select.value } : { on });
  });
  return item;
}

function changeSwitch(item, one) {
  turn(item.querySelector(".toggle"), one.on, one.title);
  item.classList.toggle("on", one.on);
  const select = item.querySelector("select");
  if (select && state.world) {
    offerPeople(select, !one.on);
    if (one.on && select.value !== one.whom) select.value = one.whom;
  }
}

function drawApp(app) {
  const words = { running: `The app runs at ${app.address}.`, starting: "The app is starting …", away: "The app does not run." };
  text($("app-state"), words[app.state]);
  $("check").href = `${app.address}/api/check`;
  keyed($("said"), app.said.map((line, place) => [place, line]), ([place]) => place, () => make("li"),
    (item, [, line]) => text(item, line));
}

const OUTCOMES = {
  asking: ["waits", "asking"], ringing: ["waits", "ringing"], talking: ["good", "talking"], answered: ["good", "answered"],
  lost: ["bad", "lost"], rejected: ["plain-chip", "turned away"], ended: ["plain-chip", "ended"],
};

function drawCalls() {
  const calls = [...state.calls.values()].sort((one, other) => other.number - one.number);
  // Until a person chooses, the newest of the pages; what a terminal plays is in the list.
  const call = state.calls.get(state.chosen) || calls.find((one) => one.ours);
  state.selected = call ? call.id : null;
  show($("no-calls"), calls.length === 0);
  keyed($("calls"), calls, (one) => one.id, newEntry, changeEntry);
  $("hang-up-all").disabled = !calls.some((one) => isLive(one));
  show($("empty"), !call);
  show($("call"), Boolean(call));
  if (call) drawCall(call);
  else {
    text($("headline"), "Nothing rings yet.");
    text($("which"), "");
  }
}

function newEntry(call) {
  const button = make("button", "", make("span", "number"), make("span"), make("span", "chip"), make("small"));
  button.type = "button";
  button.addEventListener("click", () => {
    state.chosen = call.id;
    showStage();
    dirty.add("calls");
    draw();
  });
  return make("li", "", button);
}

function changeEntry(item, call) {
  const button = item.firstElementChild;
  const [number, who, chip, small] = button.children;
  const [tone, word] = OUTCOMES[call.state];
  text(number, `#${call.number}`);
  text(who, call.line);
  text(chip, call.state === "ended" ? call.outcome.toLowerCase() : word);
  if (chip.className !== `chip ${tone}`) chip.className = `chip ${tone}`;
  const within = call.decided === null ? "" : ` · app answered in ${length(call.decided)}`;
  text(small, `${call.at} · ${call.caller.replace(/,$/, "")}${within}`);
  attribute(button, "aria-current", String(call.id === state.selected));
}

const isLive = (call) => ["asking", "ringing", "talking"].includes(call.state);
let announced = "";

function drawCall(call) {
  text($("which"), `Call #${call.number} · ${call.at}`);
  text($("headline"), call.headline);
  if (announced !== call.headline) {
    announced = call.headline;
    text($("live"), call.headline);
  }
  drawBar(call);
  drawStations(call);
  show($("phones-part"), call.phones.length > 0);
  keyed($("phones"), call.phones, (phone) => `${call.id} ${phone.id}`, (phone) => newPhone(call, phone), changePhone);
  text($("left-out"), call.leftOut.length ? `Left out: ${call.leftOut.join(", ")}.` : "");
  show($("caller-part"), isLive(call));
  text($("caller-hangs-up"), call.state === "talking" ? "End the talk" : "The caller hangs up");
  drawSteps(call);
  drawRecord(call);
  const events = call.events.map((event, place) => [place, event]);
  show($("no-events"), events.length === 0);
  keyed($("events"), events, ([place]) => `${call.id} ${place}`, () => make("li"),
    (item, [, event]) => text(item, `${length(event.ms)}  ${JSON.stringify(event.facts)}`));
}

function drawBar(call) {
  const bar = $("bar");
  const used = call.decided ?? Math.min(call.ended ?? age(call), call.window);
  const waits = call.state === "asking";
  const lost = call.decided === null && !waits;
  bar.className = `bar ${waits ? "waits" : lost ? "bad" : "good"}`;
  $("bar-fill").style.width = `${Math.max((used / call.window) * 100, 0.4)}%`;
  let words = `The app has answered after ${length(used)}`;
  if (waits) words = `The app is working on it: ${length(used)}`;
  else if (lost) words = call.state === "lost" ? "No answer within 15 s" : `No answer before the call ended, after ${length(used)}`;
  text($("window-said"), words);
  if (!waits) attribute(bar, "aria-label", `${words}, of 15 seconds`);
  else attribute(bar, "aria-label", "The app has not answered yet; it has 15 seconds");
}

const STATIONS = [
  ["Call", "rang"], ["Notified", "told"], ["Gate", "gate"], ["Claim", "claim"], ["Decision", "decided"], ["Graph", "graph"],
  ["Ringing", "ringing"], ["End", "ended"], ["Record", "recorded"],
];

function drawStations(call) {
  const found = STATIONS.map(([name, key]) => {
    const steps = call.steps.filter((step) => step.key === key || step.key.startsWith(`${key}-`));
    const step = steps.at(-1);
    if (!step) return { name, tone: "", when: "–", word: "not yet" };
    const waits = step.until === null;
    const tone = waits ? "waits" : step.tone === "bad" ? "bad" : "good";
    const at = waits || key === "told" || key === "graph" || key === "ringing" ? step.at : step.until;
    const when = key === "graph" && !waits ? step.until : at;
    return { name, tone, when: step.code ? `${step.code} · ${length(when)}` : length(when), word: { waits: "under way", bad: "went wrong", good: "done" }[tone] };
  });
  keyed($("stations"), found, (one) => one.name, (one) => make("li", "", make("b", "", one.name), make("span", "hidden"), make("small")),
    (item, one) => {
      if (item.className !== one.tone) item.className = one.tone;
      text(item.children[1], `: ${one.word} `);
      text(item.lastElementChild, one.when);
    });
}

const PHONE = {
  ringing: "rings", declined: "declined", busy: "is busy", stopped: "stopped ringing", talking: "is talking", talked: "has talked", answered: "picked up",
};

function newPhone(call, phone) {
  const act = (kind, words, does) => {
    const button = make("button", kind, words);
    button.type = "button";
    button.addEventListener("click", () => ask(`calls/${call.id}/act`, { who: phone.id, does }));
    return button;
  };
  const buttons = make("div", "buttons",
    act("pick", "Pick up", "picksUp"), act("decline", "Decline", "declines"), act("busy-button", "Busy", "busy"),
    act("hang", "Hang up", "hangsUp"));
  const bell = make("span", "bell", "☎");
  attribute(bell, "aria-hidden", "true");
  const card = make("div", "phone", make("b"), make("span", "state", bell, " ", make("span")), buttons);
  card.tabIndex = -1;
  attribute(card, "role", "group");
  return card;
}

function changePhone(card, phone) {
  const kind = `phone ${phone.state}`;
  if (card.className !== kind) card.className = kind;
  text(card.firstElementChild, phone.name);
  text(card.querySelector(".state > span:last-child"), PHONE[phone.state]);
  const focused = card.contains(document.activeElement) ? document.activeElement : null;
  const [pick, decline, busy, hang] = card.querySelectorAll("button");
  for (const [button, verb] of [[pick, "Pick up"], [decline, "Decline"], [busy, "Busy"], [hang, "Hang up"]]) {
    attribute(button, "aria-label", `${verb}: ${phone.name}`);
  }
  attribute(card, "aria-label", `${phone.name} ${PHONE[phone.state]}`);
  for (const button of [pick, decline, busy]) show(button, phone.state === "ringing");
  show(hang, phone.state === "talking");
  show(card.querySelector(".buttons"), phone.state === "ringing" || phone.state === "talking");
  if (focused && focused.closest("[hidden]")) (phone.state === "talking" ? hang : card).focus();
}

const WHO = { microsoft: "Microsoft", app: "the app", tables: "the tables", graph: "Graph", phones: "the phones" };

function drawSteps(call) {
  // The bars of the steps share one scale: as long as Microsoft's wait for its answer.
  const answered = Math.max(...call.steps.filter((step) => step.key.startsWith("graph-") && step.until !== null).map((step) => step.until), 0);
  const scale = Math.max(call.decided ?? 0, answered, call.decided === null ? Math.min(age(call), call.window) : 0, 10) * 1.05;
  keyed($("steps"), call.steps, (step) => `${call.id} ${step.key}`, newStep, (item, step) => {
    const kind = step.until === null ? "waits" : step.tone;
    if (item.className !== kind) item.className = kind;
    text(item.querySelector(".ms"), length(step.at));
    text(item.querySelector("b"), step.title);
    const who = item.querySelector(".who");
    text(who, WHO[step.who]);
    who.className = `who who-${step.who}`;
    const [first, ...others] = [step.text, ...step.lines].filter(Boolean);
    keyed(item.querySelector(".lines-of"), [first, ...others].filter(Boolean).map((line, place) => [place, line]),
      ([place]) => place, () => make("p"), (line, [, words]) => text(line, words));
    const track = item.querySelector(".track");
    const until = step.until ?? Math.min(age(call), call.window);
    const isShort = step.at < scale && (step.until === null || until <= scale) && !["rang", "ringing"].includes(step.key);
    show(track, isShort && until > step.at);
    const bar = track.firstElementChild;
    bar.className = `who-${step.who}`;
    bar.style.left = `${(step.at / scale) * 100}%`;
    bar.style.width = `${Math.max(((until - step.at) / scale) * 100, 0.5)}%`;
  });
}

function newStep() {
  const track = make("div", "track", make("i"));
  attribute(track, "aria-hidden", "true");
  return make("li", "", make("span", "ms"), make("div", "what", make("b"), make("span", "who"), make("div", "lines-of")), track);
}

function drawRecord(call) {
  show($("no-record"), call.record === null);
  const pairs = Object.entries(call.record || {}).filter(([, value]) => value !== null && value !== "");
  const cells = pairs.flatMap(([name, value]) => [[`${name} name`, "dt", name], [`${name} value`, "dd", String(value)]]);
  keyed($("record"), cells, ([key]) => `${call.id} ${key}`, ([, tag]) => make(tag), (cell, [, , words]) => text(cell, words));
}

// What goes on by itself: a bar that grows, a clock that ticks.
function tick() {
  const call = state.calls.get(state.selected);
  if (call && call.state === "asking") {
    drawBar(call);
    drawSteps(call);
  }
  drawClock();
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
let isStarting = false; // the app, at another time

function drawClock() {
  const clock = state.clock;
  if (!clock) return;
  const moment = new Date(clock.at + (now() - clock.counted) + clock.offset);
  const day = `${DAYS[moment.getUTCDay()]} ${moment.getUTCDate()} ${MONTHS[moment.getUTCMonth()]} ${moment.getUTCFullYear()}`;
  text($("now"), isStarting ? "The app is being started …" : `${day}, ${moment.toISOString().slice(11, 19)}`);
  text($("zone"), `${clock.zone}${clock.shifted ? ", set by hand" : ", as on this machine"}`);
  if (!$("at").value) $("at").value = moment.toISOString().slice(0, 16);
}

// What a person does.
function asked() {
  const chosen = $("lines").querySelector("input:checked");
  const kind = $("caller").value;
  const caller = { kind };
  if (kind === "number") caller.number = $("number").value;
  if (kind === "forwarded") caller.by = $("by").value;
  return { line: chosen ? chosen.value : "", caller };
}

// On a narrow screen the call is drawn below or above of what was pressed: a person wants to see it.
function showStage() {
  const { top } = $("stage").getBoundingClientRect();
  if (top < 0 || top > innerHeight / 2) $("stage").scrollIntoView();
}

async function place(times) {
  const calls = await Promise.all(Array.from({ length: times }, () => ask("calls", asked())));
  const placed = calls.filter(Boolean);
  if (!placed.length) return;
  state.mine = placed[0].id;
  showStage();
  if (state.calls.has(state.mine)) {
    state.chosen = state.mine;
    state.mine = null;
    dirty.add("calls");
    draw();
  }
}

function at(kind) {
  const clock = state.clock;
  const day = new Date(clock.at + (now() - clock.counted) + clock.offset);
  if (kind === "machine") return null;
  if (kind === "christmas") return `${day.getUTCFullYear()}-12-24T20:00`;
  if (kind === "night") return `${day.toISOString().slice(0, 10)}T23:00`;
  day.setUTCDate(day.getUTCDate() + ((9 - day.getUTCDay()) % 7 || 7));
  return `${day.toISOString().slice(0, 10)}T10:00`;
}

async function setClock(moment) {
  const buttons = document.querySelectorAll("#clock-form button");
  isStarting = true;
  drawClock();
  for (const button of buttons) attribute(button, "aria-disabled", "true");
  const told = await ask("clock", { at: moment });
  isStarting = false;
  for (const button of buttons) button.removeAttribute("aria-disabled");
  if (told && moment) $("at").value = moment;
}

$("dial-form").addEventListener("submit", (event) => {
  event.preventDefault();
  place(1);
});
$("twenty").addEventListener("click", () => place(20));
$("hang-up-all").addEventListener("click", () => ask("end-all", {}));
$("lines").addEventListener("change", () => {
  isChosen = true;
  lineChosen();
});
$("by").addEventListener("change", () => {
  $("by").dataset.chosen = "yes";
});
$("caller").addEventListener("change", () => {
  show($("number-field"), $("caller").value === "number");
  show($("by-field"), $("caller").value === "forwarded");
});
$("caller-hangs-up").addEventListener("click", () => ask(`calls/${state.selected}/act`, { who: "caller", does: "hangsUp" }));
$("save").addEventListener("click", async () => {
  const told = await ask("save", {});
  text($("saved"), told ? told.said.join(" ") : "");
});
$("all-kind").addEventListener("click", () => ask("switches/all", {}));
$("clock-form").addEventListener("submit", (event) => {
  event.preventDefault();
  setClock($("at").value);
});
for (const button of document.querySelectorAll("[data-clock]")) {
  button.addEventListener("click", () => setClock(at(button.dataset.clock)));
}
addEventListener("hashchange", () => {
  takeToken();
});
takeToken();
setInterval(tick, 200);
listen();

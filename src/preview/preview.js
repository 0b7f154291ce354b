// Exchanges the parts of a page that differ, in place of loading it anew: scroll position, focus, what is typed and what is unfolded stay.
"use strict";
(() => {
  const root = document.documentElement;
  const at = (id) => document.getElementById(id);
  let goal = location.href; // what is to be shown
  let wish = 0; // counts what was asked for: only the last answer counts
  let search = 0; // the same for searches
  let depth = 0; // how far down the mail in the frame is read
  const folds = new Map(); // what was unfolded and folded up, even where it is not there at the moment
  let sought = null; // the block to be shown once its mail is there, and whether the page may be moved for it

  // The element that follows the mark of a block, or the top of the mail.
  const begin = (mail, block) => {
    if (block === "") return mail.body;
    const marks = mail.createNodeIterator(mail, NodeFilter.SHOW_COMMENT);
    for (let mark; (mark = marks.nextNode()); ) {
      if (mark.data === `block ${block}`) return mark.nextElementSibling ?? mark.parentElement;
    }
    return null;
  };

  // What a frame is to show. It may still show another mail, or none.
  const pathOf = (frame) => frame.dataset.path ?? frame.getAttribute("src");

  // Shows the block that is sought, if the mail that holds it is there.
  const seek = () => {
    const frame = document.querySelector("#pane iframe");
    const mail = frame?.contentDocument;
    if (!sought || mail?.readyState !== "complete" || mail.URL !== new URL(pathOf(frame), location.href).href) return;
    const { block, far } = sought;
    const element = begin(mail, block);
    if (!element) return;
    sought = null;
    frame.contentWindow.scrollTo(0, element.getBoundingClientRect().top + frame.contentWindow.scrollY - 16);
    if (far) frame.scrollIntoView({ block: "nearest" });
    const colour = getComputedStyle(root).getPropertyValue("--accent");
    const marked = { outline: `3px solid ${colour}`, outlineOffset: "-3px" };
    if (block !== "") element.animate([marked, marked, { ...marked, outlineColor: "transparent" }], 1600);
  };

  // What is done once a mail is there.
  const settle = (frame) => {
    if (!frame.contentDocument) return;
    // Keys that are pressed in the mail are meant for the page: no script runs there.
    frame.contentDocument.addEventListener("keydown", press);
    seek();
  };

  // Another mail in the same frame, at the same depth.
  const turn = (frame, path) => {
    const view = frame.contentWindow;
    if (pathOf(frame) === path) return;
    frame.dataset.path = path;
    const document = frame.contentDocument; // none where the browser shows an error of its own
    if (document?.readyState === "complete") depth = view.scrollY;
    frame.onload = () => {
      frame.contentDocument && frame.contentWindow.scrollTo(0, depth);
      settle(frame);
    };
    view.location.replace(path);
  };

  const exchange = (old, part) => {
    const [frame, wanted] = [old, part].map((one) => one.querySelector("iframe"));
    if (frame && wanted && frame.title === wanted.title) {
      old.className = part.className;
      const [screen, next] = [frame.parentElement, wanted.parentElement];
      if (screen.className !== next.className) {
        screen.className = next.className;
        screen.removeAttribute("style"); // drawn to a width by hand before
      }
      turn(frame, wanted.getAttribute("src"));
      return;
    }
    for (const fold of old.querySelectorAll("details[id]")) folds.set(fold.id, fold.open);
    for (const fold of part.querySelectorAll("details[id]")) fold.open = folds.get(fold.id) ?? fold.open;
    if (old.isEqualNode(part)) return;
    const scrolled = [...old.querySelectorAll("[id]")].filter((one) => one.scrollTop);
    old.replaceWith(part);
    for (const { id, scrollTop } of scrolled) at(id)?.scrollTo(0, scrollTop);
    if (wanted) wanted.onload = () => settle(wanted);
  };

  // What has the focus, as far as another element can take its place.
  const focused = () => {
    const element = document.activeElement;
    const fold = element?.matches("summary") && element.parentElement.id;
    const link = element?.closest("[data-live]") && element.getAttribute("href");
    return fold ? `#${CSS.escape(fold)} > summary` : link && `#${CSS.escape(element.closest("[data-live]").id)} a[href="${CSS.escape(link)}"]`;
  };

  const exchangeAll = (next) => {
    const focus = focused();
    for (const part of next.querySelectorAll("[data-live]")) {
      const old = at(part.id);
      if (old) exchange(old, part);
    }
    if (focus && document.activeElement === document.body) document.querySelector(focus)?.focus({ preventScroll: true });
  };

  const read = (text) => new DOMParser().parseFromString(text, "text/html");

  const apply = (text) => {
    const next = read(text);
    document.title = next.title;
    if (next.documentElement.dataset.version) root.dataset.version = next.documentElement.dataset.version;
    const [main, wanted] = [document, next].map((one) => one.getElementById("main"));
    if (main.dataset.shape !== wanted.dataset.shape) {
      main.replaceWith(wanted);
      ready();
    }
    exchangeAll(next);
    seek();
  };

  const go = async (address, remember) => {
    const mine = ++wish;
    goal = new URL(address, goal).href;
    try {
      const text = await (await fetch(goal, { cache: "no-store" })).text();
      if (mine !== wish) return;
      if (remember) history[remember](null, "", goal);
      apply(text);
    } catch {
      if (mine === wish) setTimeout(() => mine === wish && go(goal, remember), 500);
    }
  };

  // The address with what stands in the search now, which links on the page may not know yet.
  const searching = (address) => {
    const url = new URL(address, goal);
    const words = at("search")?.value;
    words ? url.searchParams.set("search", words) : url.searchParams.delete("search");
    return url;
  };

  // The list alone: a mail need not be composed for it.
  const find = async () => {
    const mine = ++search;
    const url = searching(goal);
    goal = url.href;
    history.replaceState(null, "", goal);
    const answer = await fetch(at("find").dataset.people + url.search, { cache: "no-store" }).catch(() => null);
    const text = answer?.ok && (await answer.text());
    if (mine === search && text) exchangeAll(read(text));
  };

  // Shows where a check belongs: in the mail that is there, else in the one that its link leads to.
  const show = (link, far) => {
    sought = { block: link.dataset.block, far };
    const url = searching(link.getAttribute("href"));
    url.href === new URL(goal).href ? seek() : go(url.href, "pushState");
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='?']");
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (link.matches(".shown")) return show(link, true);
    sought = null;
    go(searching(link.getAttribute("href")), "pushState");
  });
  // Whoever unfolds a check sees its place in the mail beside it.
  const unfold = (fold) => {
    const link = fold.open && fold.querySelector("a.shown");
    if (link) show(link, false);
  };
  document.addEventListener("click", (event) => {
    const fold = event.target.closest?.("summary")?.parentElement;
    if (fold?.matches("#checks .finding")) setTimeout(unfold, 0, fold);
  });
  document.addEventListener("input", (event) => event.target.id === "search" && find());
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "find") return;
    event.preventDefault();
    find();
  });
  addEventListener("popstate", () => {
    const field = at("search");
    if (field) field.value = new URL(location.href).searchParams.get("search") ?? "";
    sought = null;
    go(location.href);
  });

  // The link after the one that is chosen, in a row of links.
  const next = (row) => {
    const links = [...(document.querySelector(row)?.querySelectorAll("a") ?? [])];
    const chosen = links.findIndex((link) => link.hasAttribute("aria-current"));
    links[(chosen + 1) % links.length]?.click();
  };
  const step = (by) => {
    const folds = [...document.querySelectorAll("#checks .finding")];
    const last = folds.findLastIndex((fold) => fold.open);
    const fold = folds[last < 0 && by < 0 ? folds.length - 1 : last + by];
    if (!fold) return;
    for (const other of folds) other.open = other === fold;
    fold.querySelector("summary").focus();
    fold.scrollIntoView({ block: "nearest" });
    unfold(fold);
  };
  const keys = {
    w: () => next('#tools nav[aria-label="Width"]'),
    c: () => next('#tools nav[aria-label="Colours"]'),
    p: () => next('#tools nav[aria-label="Pictures"]'),
    e: () => next("#editions"),
    j: () => step(1),
    k: () => step(-1),
    "/": () => at("search")?.select(),
    "?": () => at("keys")?.showModal(),
  };
  const press = (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (target.closest?.("input, textarea, select, [contenteditable]")) {
      if (key === "Escape" && target.id === "search") target.blur();
      return;
    }
    if (at("keys")?.open) return;
    const act = keys[key] ?? (/^[1-9]$/.test(key) && (() => document.querySelectorAll("#panes a")[key - 1]?.click()));
    if (!act) return;
    event.preventDefault();
    act();
  };
  document.addEventListener("keydown", press);

  // What of the page is there for the script alone.
  const ready = () => {
    const hint = at("keys-hint");
    if (!hint) return;
    hint.hidden = false;
    at("keys-open").onclick = keys["?"];
    const frame = document.querySelector("#pane iframe");
    if (!frame) return;
    settle(frame);
    frame.onload = () => settle(frame);
  };
  ready();

  if (!root.dataset.version) return;
  const live = at("live");
  const tell = (state, words) => {
    live.className = state;
    live.textContent = words;
  };
  const events = new EventSource(root.dataset.events);
  events.onopen = () => tell("on", "Live");
  events.onerror = () => tell("off", "Not connected. Is Postrider still running?");
  // The first one comes at once: it tells what was missed before this connection.
  events.onmessage = (event) => event.data === root.dataset.version || go(goal);
})();

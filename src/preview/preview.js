// Exchanges the parts of a page that differ, in place of loading it anew: scroll position, focus and what is typed stay.
"use strict";
(() => {
  const root = document.documentElement;
  let goal = location.href; // what is to be shown
  let wish = 0; // counts what was asked for: only the last answer counts
  let depth = 0; // how far down the mail in the frame is read

  // Another mail in the same frame, at the same depth.
  const turn = (frame, path) => {
    const view = frame.contentWindow;
    if (frame.dataset.path === path || (!frame.dataset.path && frame.getAttribute("src") === path)) return;
    frame.dataset.path = path;
    const document = frame.contentDocument; // none where the browser shows an error of its own
    if (document?.readyState === "complete") depth = view.scrollY;
    frame.onload = () => frame.contentDocument && frame.contentWindow.scrollTo(0, depth);
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
    } else if (!old.isEqualNode(part)) {
      old.replaceWith(part);
    }
  };

  const apply = (text) => {
    const next = new DOMParser().parseFromString(text, "text/html");
    const focused = document.activeElement?.getAttribute("href");
    document.title = next.title;
    if (next.documentElement.dataset.version) root.dataset.version = next.documentElement.dataset.version;
    const [main, wanted] = [document, next].map((one) => one.getElementById("main"));
    if (main.dataset.shape !== wanted.dataset.shape) main.replaceWith(wanted);
    for (const part of next.querySelectorAll("[data-live]")) {
      const old = document.getElementById(part.id);
      if (old) exchange(old, part);
    }
    if (focused && document.activeElement === document.body) {
      document.querySelector(`[data-live] a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    }
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

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='?']");
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(link.getAttribute("href"), "pushState");
  });
  document.addEventListener("input", (event) => {
    if (event.target.id !== "search") return;
    const address = new URL(goal);
    address.searchParams.set("search", event.target.value);
    go(address.href, "replaceState");
  });
  addEventListener("popstate", () => go(location.href));

  if (!root.dataset.version) return;
  const live = document.getElementById("live");
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

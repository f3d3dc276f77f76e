// Finding and making elements. Text is always set as text, so nothing that arrives can become markup.

/** The element with this id; the page is broken without it. */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element #${id}`);
  return found;
}

/** Makes an element with a class and children, each a node or text. */
export function element(tag, className = "", ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** Has a button do nothing for a while. `disabled` would take the focus from it. */
export function pause(button, isPaused) {
  button.setAttribute("aria-disabled", String(isPaused));
}

/** Whether a button does nothing for now. */
export const isPaused = (button) => button.getAttribute("aria-disabled") === "true";

/** A coloured dot whose meaning the text beside it also says. */
export function dot(status) {
  const made = element("span", "dot");
  made.dataset.status = status;
  return made;
}

/** A duration in milliseconds, as people read it. */
export function milliseconds(duration) {
  return duration < 10 ? `${duration.toFixed(1)} ms` : `${Math.round(duration)} ms`;
}

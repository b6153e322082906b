/*
 * What runs inside of the measured page, as text: the page's policy lets nothing else in, and it is measured as
 * it is. Times in milliseconds.
 */

/** Before the page's own scripts: when was the first row of a list painted, and what goes over its port? */
export const beforeLoad = `
globalThis.measured = { firstRow: null, sent: 0, received: 0 };
const send = MessagePort.prototype.postMessage;
MessagePort.prototype.postMessage = function (...words) { measured.sent += 1; return send.apply(this, words); };
const listen = MessagePort.prototype.addEventListener;
MessagePort.prototype.addEventListener = function (type, listener, ...rest) {
  const counting = type !== "message" ? listener : function (event) {
    measured.received += 1;
    return typeof listener === "function" ? listener.call(this, event) : listener.handleEvent(event);
  };
  return listen.call(this, type, counting, ...rest);
};
const look = () => {
  if (document.querySelector('[role="grid"] [aria-rowindex="2"]') !== null) {
    requestAnimationFrame(() => { measured.firstRow ??= performance.now(); });
  } else requestAnimationFrame(look);
};
requestAnimationFrame(look);
`;

/** Lengths of frames while \`step\` runs before each. */
export function framesWhile(step: string, frames: number): string {
  return `new Promise((resolve) => {
    const box = document.querySelector('[role="grid"] > [role="rowgroup"]:last-child');
    const lengths = [];
    let last = performance.now();
    const next = (now) => {
      lengths.push(now - last);
      last = now;
      if (lengths.length > ${frames}) return resolve(lengths.slice(1));
      ${step};
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  })`;
}

/** Starts to collect lengths of frames; \`measured.frames\` has them until \`measured.watching\` is false. */
export const watchFrames = `
measured.frames = [];
measured.watching = true;
(() => {
  let last = performance.now();
  const next = (now) => {
    measured.frames.push(now - last);
    last = now;
    if (measured.watching) requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
})()`;

/** Shows the list's first rows, and starts to count the frames in which rows change. */
export const watchList = `
document.querySelector('[role="grid"] > [role="rowgroup"]:last-child').scrollTop = 0;
measured.renders = 0;
measured.observer = new MutationObserver(() => {
  if (measured.rendering) return;
  measured.rendering = true;
  measured.renders += 1;
  requestAnimationFrame(() => { measured.rendering = false; });
});
requestAnimationFrame(() => requestAnimationFrame(() => measured.observer.observe(document.querySelector('[role="grid"] > [role="rowgroup"]:last-child'), {
  subtree: true, childList: true, characterData: true,
})));
undefined`;

const watched = /^(?:TCP|UDP|Pipe|Process|TTY|FSEvent|Stat|Timeout)/;

function openHandles(): string[] {
  return process.getActiveResourcesInfo().filter((name) => watched.test(name));
}

/** What is known to be open: the test runner's own, then also what an earlier file was blamed for. */
let known = openHandles().filter((name) => name !== 'Timeout');

function newHandles(): string[] {
  const rest = [...known];
  return openHandles().filter((name) => {
    const at = rest.indexOf(name);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

/** Sockets, children, watchers and timers that keep this process alive since the last look, e.g. `['TCPServerWrap']`. */
export async function findLeftOpen(graceMs = 2_000): Promise<string[]> {
  for (const deadline = performance.now() + graceMs; performance.now() < deadline;) {
    if (newHandles().length === 0) return [];
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const left = newHandles();
  known = openHandles();
  return left;
}

/** What a group and a member may be called: a part of a key in Consul, of a path and of a metric's name. */
export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** How that is said. */
export const NAME_EXPECTED = 'up to 64 letters, digits, and . _ - after the first one';

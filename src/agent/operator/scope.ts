/** What an operator means: everything below the key root, or one resource by what people call it. */
export type Scope =
  | { readonly kind: 'everything' }
  | { readonly kind: 'state-path'; readonly key: string }
  | { readonly kind: 'job'; readonly id: string }
  | { readonly kind: 'worker-pool'; readonly name: string };

/** What an operator wants to be so: failsafe for a scope, or a pause, which is for everything. */
export type Wanted =
  | { readonly flag: 'failsafe'; readonly enable: boolean; readonly scope: Scope }
  | { readonly flag: 'paused'; readonly enable: boolean };

/** As much of the global as is used here; the types of Node leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly Memory: new (limits: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
};

export interface WasmInstance {
  readonly memory: ArrayBuffer;
  /** The exported function; all arguments are 32-bit integers. */
  readonly function: (name: string) => (...args: readonly number[]) => void;
}

/** Compiles and starts a module that `assemble` made. */
export function instantiate(module: Uint8Array<ArrayBuffer>): WasmInstance {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module));
  const { memory } = exports;
  if (!(memory instanceof WebAssembly.Memory)) throw new Error('the module exports no memory');
  return {
    memory: memory.buffer,
    function: (name) => {
      const exported = exports[name];
      if (typeof exported !== 'function') throw new Error(`the module exports no function ${name}`);
      return exported as (...args: readonly number[]) => void;
    },
  };
}

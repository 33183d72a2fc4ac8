/** The part of the untyped package `stun` 2.1.0 that wire/stun.ts uses. */
declare module 'stun' {
  interface Attribute {
    readonly type: number;
    readonly value: unknown;
  }
  interface Message {
    getAttribute(type: number): Attribute | undefined;
  }
  interface WritableMessage extends Message {
    addAttribute(type: number, ...values: unknown[]): Attribute | undefined;
    addError(code: number, reason: string): Attribute | undefined;
    toBuffer(): Uint8Array;
  }
  const stun: {
    decode(message: Uint8Array): Message;
    createMessage(type: number, transactionId: Uint8Array): WritableMessage;
    readonly constants: Readonly<Record<string, number>>;
  };
  export = stun;
}

import { Type } from 'typebox';

/** What all addresses below a launch link have in common. */
export const access = {
  open: 'Whoever holds the link is the client; it shows and changes nothing else.',
};
export const params = Type.Object({ token: Type.String({ maxLength: 200 }) });
export const HTML = 'text/html; charset=utf-8';

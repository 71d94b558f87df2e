import { z } from 'zod';
import type { LicenceId } from '../kernel/ids.js';
import { idParameter } from '../kernel/text.js';

/** The parameters of a path that names a licence. */
export const licenceInPath = z.strictObject({ id: idParameter<LicenceId>() });

/** Lets those in who manage the licence that the path names. */
export const itsManagers = {
  names: ({ params }: { readonly params: { readonly id: LicenceId } }) => ({ licence: params.id }),
};

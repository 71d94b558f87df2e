import { kitTexts } from '../texts/kit.js';
import { Button } from './button.js';
import type { Step } from './step.js';
import { passes, TroubleNotice } from './trouble.js';

/** Says why a page cannot be shown, and opens it anew where it is not tried again by itself. Nothing while all is well. */
export function NotOpened({ step }: { step: Step }) {
  if (step.trouble === null) return null;
  return (
    <>
      <TroubleNotice step={step} />
      {!passes(step.trouble) && <Button onClick={() => location.reload()}>{kitTexts().retry}</Button>}
    </>
  );
}

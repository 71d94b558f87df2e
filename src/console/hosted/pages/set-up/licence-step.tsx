import { useContext, useRef, useState } from 'preact/hooks';
import { Faults, Field } from '../../kit/field.js';
import { Form, type Given } from '../../kit/form.js';
import { Frame } from '../../kit/frame.js';
import { setUpTexts } from '../../texts/set-up.js';
import { staffCall, withFields } from './staff-call.js';
import { Steps } from './steps.js';

/** An owner that has been made. */
export interface Owner {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
}

/** A licence that has been made. */
export interface Made {
  readonly id: string;
  readonly name: string;
}

/** Makes the first owner and their licence. `made`: the owner that was made before, when only the licence is missing. */
export function LicenceStep({ made: before, done }: { made: Owner | null; done: (licence: Made) => void }) {
  const t = setUpTexts();
  /** The owner that was made: when the licence could not be, there is no second one. */
  const owner = useRef(before);
  const [seatsFault, setSeatsFault] = useState('');
  const ownerOf = async ({ owner: name = '', ownerEmail: email }: Given) => {
    const body = { name, email: email ?? null };
    const before = owner.current;
    const isSame = before !== null && before.name === name && before.email === body.email;
    if (isSame) return before;
    const made =
      before === null
        ? staffCall<Owner>('POST', '/owners', body)
        : staffCall<Owner>('PATCH', `/owners/${before.id}`, body);
    owner.current = await withFields({ '/name': '/owner', '/email': '/ownerEmail' }, made);
    return owner.current;
  };
  const send = async (given: Given) => {
    const seats = Number(given['seats']);
    const isCount = Number.isInteger(seats) && seats >= 1 && seats <= 10_000_000;
    setSeatsFault(isCount ? '' : t.seatsFault);
    if (!isCount) {
      document.querySelector<HTMLInputElement>('input[name=seats]')?.focus();
      return;
    }
    const { id: ownerId } = await ownerOf(given);
    const body = { ownerId, name: given['licence'] ?? '', seats };
    done(await withFields({ '/name': '/licence' }, staffCall<Made>('POST', '/licences', body)));
  };
  return (
    <Frame title={t.licenceTitle} lead={t.licenceLead} wide>
      <Steps at={1} />
      <Form button={t.makeLicence} send={send} beside={<a href="/admin/">{t.laterLicence}</a>}>
        <Field
          name="owner"
          label={t.owner}
          hint={t.ownerHint}
          defaultValue={before?.name}
          required
          maxLength={200}
          autoComplete="organization"
        />
        <Field
          name="ownerEmail"
          type="email"
          label={t.ownerEmail}
          hint={t.ownerEmailHint}
          defaultValue={before?.email ?? undefined}
          maxLength={254}
          autoComplete="off"
        />
        <Field name="licence" label={t.licence} hint={t.licenceHint} required maxLength={200} autoComplete="off" />
        <Seats fault={seatsFault} />
      </Form>
    </Frame>
  );
}

function Seats({ fault }: { fault: string }) {
  const t = setUpTexts();
  const faults = useContext(Faults);
  return (
    <Faults.Provider value={fault === '' ? faults : { ...faults, seats: fault }}>
      <div class="short">
        <Field
          name="seats"
          label={t.seats}
          hint={t.seatsHint}
          defaultValue="50"
          required
          maxLength={8}
          inputMode="numeric"
          autoComplete="off"
        />
      </div>
    </Faults.Provider>
  );
}

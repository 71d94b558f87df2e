import { useId, useState } from 'preact/hooks';
import { house } from '../../house.js';
import { Button } from '../../kit/button.js';
import { Form } from '../../kit/form.js';
import { Frame } from '../../kit/frame.js';
import { Notice } from '../../kit/notice.js';
import { figure } from '../../language.js';
import { setUpTexts } from '../../texts/set-up.js';
import { addressesIn } from './addresses.js';
import type { Made } from './licence-step.js';
import { staffCall } from './staff-call.js';
import { Steps } from './steps.js';

/** So many addresses go with one request. */
const atOnce = 500;

interface Answer {
  readonly invited: number;
  readonly added: number;
  readonly results: readonly { readonly email: string; readonly result: string }[];
}

/** What became of the invitations. */
export interface Invited {
  readonly invited: number;
  readonly added: number;
  readonly notAdded: readonly string[];
}

/** Invites the first people to the licence. */
export function PeopleStep({ licence, done }: { licence: Made; done: (invited: Invited | null) => void }) {
  const t = setUpTexts();
  const [text, setText] = useState('');
  const [isMissing, setIsMissing] = useState(false);
  const { good } = addressesIn(text);
  const send = async () => {
    setIsMissing(good.length === 0);
    if (good.length === 0) {
      document.querySelector<HTMLElement>('textarea')?.focus();
      return;
    }
    let told: Invited = { invited: 0, added: 0, notAdded: [] };
    for (let from = 0; from < good.length; from += atOnce) {
      const body = { emails: good.slice(from, from + atOnce) };
      const answer = await staffCall<Answer>('POST', `/licences/${licence.id}/invitations`, body);
      const left = answer.results.filter(({ result }) => result === 'cannot-be-added').map(({ email }) => email);
      told = {
        invited: told.invited + answer.invited,
        added: told.added + answer.added,
        notAdded: [...told.notAdded, ...left],
      };
    }
    done(told);
  };
  const later = <Button onClick={() => done(null)}>{t.laterPeople}</Button>;
  return (
    <Frame title={t.peopleTitle} lead={t.peopleLead(licence.name)} wide>
      <Steps at={2} />
      {house.mails ? (
        <Form button={t.invite} send={send} beside={later}>
          <Addresses text={text} setText={setText} isMissing={isMissing && good.length === 0} />
        </Form>
      ) : (
        <>
          <Notice kind="warning">{t.noMail}</Notice>
          <Button kind="main" onClick={() => done(null)}>
            {t.goOn}
          </Button>
        </>
      )}
    </Frame>
  );
}

function Addresses(props: { text: string; setText: (text: string) => void; isMissing: boolean }) {
  const t = setUpTexts();
  const id = useId();
  const { good, bad } = addressesIn(props.text);
  return (
    <div class={props.isMissing ? 'field faulty' : 'field'}>
      <label for={id}>{t.addresses}</label>
      <p class="hint" id={`${id}-hint`}>
        {t.addressesHint}
      </p>
      <textarea
        id={id}
        rows={6}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        value={props.text}
        aria-invalid={props.isMissing ? 'true' : undefined}
        aria-describedby={`${id}-hint ${id}-found`}
        onInput={(event) => props.setText(event.currentTarget.value)}
      />
      <div id={`${id}-found`} role="status" class="figures">
        {props.isMissing && <p class="fault">{t.noAddresses}</p>}
        {props.text.trim() !== '' && <p class="hint found">{t.found(figure(good.length))}</p>}
        {bad.length > 0 && <p class="fault">{t.notFound(bad.slice(0, 5).join(' · '))}</p>}
      </div>
    </div>
  );
}

import { Frame } from '../../kit/frame.js';
import { NotOpened } from '../../kit/not-opened.js';
import { showPage } from '../../kit/show-page.js';
import { kitTexts } from '../../texts/kit.js';
import { signInTexts } from '../../texts/sign-in.js';
import { Begin } from './begin.js';
import { LicenceChoice } from './choice.js';
import { SecondFactor } from './factor.js';
import { Full } from './full.js';
import { InsidePage } from './inside.js';
import { useWay } from './way.js';

function SignIn() {
  const way = useWay();
  const { stage, step } = way;
  switch (stage.kind) {
    case 'begin':
      return <Begin way={way} stage={stage} />;
    case 'factor':
      return <SecondFactor key={stage.challenge} way={way} stage={stage} />;
    case 'choice':
      return <LicenceChoice way={way} stage={stage} />;
    case 'full':
      return <Full way={way} stage={stage} />;
    case 'inside':
      return <InsidePage way={way} stage={stage} />;
    default:
      return (
        <Frame title={signInTexts().title}>
          {step.trouble ? (
            <NotOpened step={step} />
          ) : (
            <p class="late" role="status">
              {kitTexts().loading}
            </p>
          )}
        </Frame>
      );
  }
}

showPage(SignIn);

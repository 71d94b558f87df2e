import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { queries } from './api/queries.js';
import { App } from './app.js';
import './styles.css';
import { theme, variables } from './theme.js';

const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
// Where what locks the scrolling behind dialogs looks for it.
Object.assign(globalThis, { __webpack_nonce__: nonce });

const colours = localStorageColorSchemeManager({ key: 'usher-theme' });
const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      deduplicateCssVariables={false}
      getStyleNonce={() => nonce}
      colorSchemeManager={colours}
      defaultColorScheme="auto"
    >
      <QueryClientProvider client={queries}>
        <App />
        <Notifications position="bottom-right" limit={4} transitionDuration={120} />
      </QueryClientProvider>
    </MantineProvider>,
  );
}

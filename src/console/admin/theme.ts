import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

/** Ten times the same: what is seen comes from the tokens, which know of light and dark and of the colour of the house. */
const of = (token: string): MantineColorsTuple => {
  const one = `var(--${token})`;
  return [one, one, one, one, one, one, one, one, one, one];
};

const solid: Readonly<Record<string, { background: string; hover: string; color: string }>> = {
  accent: { background: 'var(--accent)', hover: 'var(--accent-strong)', color: 'var(--on-accent)' },
  danger: { background: 'var(--danger)', hover: 'var(--danger)', color: 'var(--surface)' },
};

/** Mantine in the look of Usher. */
export const theme = createTheme({
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--font-mono)',
  primaryColor: 'accent',
  colors: { accent: of('accent'), danger: of('danger'), warning: of('warning'), good: of('good') },
  defaultRadius: 'md',
  radius: { md: 'var(--radius)' },
  focusRing: 'auto',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontSizes: { xs: '12.5px', sm: '14px', md: '15px' },
  headings: { fontFamily: 'var(--font)', fontWeight: '600' },
  variantColorResolver: ({ color = 'accent', variant }) => {
    const name = String(color);
    const { background, hover, color: text } = solid[name] ?? (solid['accent'] as (typeof solid)[string]);
    if (variant === 'filled') return { background, hover, color: text, border: '1px solid transparent' };
    if (variant === 'default') {
      const border = '1px solid var(--line-strong)';
      return { background: 'var(--surface)', hover: 'var(--sunken)', color: 'var(--text)', border };
    }
    const own = name === 'danger' ? 'var(--danger)' : 'var(--accent-strong)';
    const soft = name === 'danger' ? 'var(--danger-soft)' : 'var(--accent-soft)';
    const rest = variant === 'light' ? soft : 'transparent';
    const border = variant === 'outline' ? `1px solid ${own}` : '1px solid transparent';
    return { background: rest, hover: soft, color: own, border };
  },
  components: {
    Button: { defaultProps: { size: 'sm', loaderProps: { type: 'dots' } } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'accent' } },
    Modal: {
      defaultProps: {
        centered: true,
        overlayProps: { backgroundOpacity: 0.45 },
        transitionProps: { duration: 120 },
        closeButtonProps: { 'aria-label': 'Close' },
        // It would be taken for the head of the whole page.
        attributes: { header: { role: 'presentation' } },
      },
    },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    Menu: { defaultProps: { transitionProps: { duration: 80 }, shadow: 'md' } },
    Tooltip: { defaultProps: { transitionProps: { duration: 80 }, openDelay: 300 } },
  },
});

const shared = {
  '--mantine-color-body': 'var(--page)',
  '--mantine-color-text': 'var(--text)',
  '--mantine-color-dimmed': 'var(--text-muted)',
  '--mantine-color-placeholder': 'var(--text-muted)',
  '--mantine-color-anchor': 'var(--accent-strong)',
  '--mantine-color-default': 'var(--surface)',
  '--mantine-color-default-hover': 'var(--sunken)',
  '--mantine-color-default-color': 'var(--text)',
  '--mantine-color-default-border': 'var(--line-strong)',
  '--mantine-color-error': 'var(--danger)',
  '--mantine-color-bright': 'var(--text)',
  '--mantine-color-disabled': 'var(--sunken)',
  '--mantine-color-disabled-color': 'var(--text-muted)',
  '--mantine-color-disabled-border': 'var(--line)',
  '--mantine-primary-color-filled': 'var(--accent)',
  '--mantine-primary-color-filled-hover': 'var(--accent-strong)',
  '--mantine-primary-color-light': 'var(--accent-soft)',
  '--mantine-primary-color-light-hover': 'var(--accent-soft)',
  '--mantine-primary-color-light-color': 'var(--accent-strong)',
  '--mantine-primary-color-contrast': 'var(--on-accent)',
  '--mantine-color-accent-filled': 'var(--accent)',
  '--mantine-color-accent-light': 'var(--accent-soft)',
  '--mantine-color-accent-light-hover': 'var(--accent-soft)',
  '--mantine-color-accent-light-color': 'var(--accent-strong)',
  '--mantine-color-accent-text': 'var(--accent-strong)',
  '--mantine-color-accent-outline': 'var(--accent)',
} as const;

/** Has Mantine's own names mean our tokens, the same in both schemes: the tokens know which it is. */
export const variables: CSSVariablesResolver = () => ({ variables: {}, light: shared, dark: shared });

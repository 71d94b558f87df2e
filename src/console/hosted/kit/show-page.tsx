import '../../shared/tokens.css';
import '../hosted.css';
import { type ComponentType, h, render } from 'preact';
import { onSpeak } from '../language.js';

/** Shows a page, and again in another language when one is chosen: what was typed stays. */
export function showPage(Page: ComponentType): void {
  const place = document.getElementById('page');
  if (place === null) throw new Error('the page has no place to be shown at');
  const show = () => render(h(Page, {}), place);
  onSpeak(show);
  show();
}

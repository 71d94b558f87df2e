import { render } from 'preact';
import '../shared/tokens.css';
import './notebook.css';
import { App } from './app.js';

const place = document.getElementById('notebook');
if (place !== null) render(<App />, place);

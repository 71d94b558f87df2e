/** What the house calls its Usher; the server writes it into the page. */
export const brandName = document.querySelector<HTMLMetaElement>('meta[name="application-name"]')?.content || 'Usher';

import { SaxesParser } from 'saxes';

/** An element of a parsed page; `text` is that of everything within it, with a blank behind each element. */
export interface HtmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: HtmlElement[];
  text: string;
}

/** Parses a page strictly, as XML: every tag is closed, every attribute quoted, every character allowed. Throws if not. */
export const parseHtml = (html: string): HtmlElement => {
  const parser = new SaxesParser();
  const root: HtmlElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const element: HtmlElement = { name, attributes: attributes as Record<string, string>, children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    for (const element of open) element.text += text;
  });
  parser.on('closetag', () => {
    open.pop();
    // Cells and items are words of their own.
    for (const element of open) element.text += ' ';
  });
  parser.write(html).close();
  return root;
};

/** Every element of a page with that name, in the order of the document; `*`: all of them. */
export const elements = (root: HtmlElement, name: string): HtmlElement[] =>
  root.children.flatMap((child) => [...(name === '*' || child.name === name ? [child] : []), ...elements(child, name)]);

/** The element with that id. */
export const byId = (root: HtmlElement, id: string): HtmlElement | undefined =>
  elements(root, '*').find(({ attributes }) => attributes['id'] === id);

/** Whether two nodes may be the same one, changed. */
const alike = (old: Node, now: Node): boolean =>
  old.nodeType === now.nodeType &&
  old.nodeName === now.nodeName &&
  (!(old instanceof Element && now instanceof Element) || old.id === now.id);

/** What the reader did is the reader's: which parts are unfolded is not taken over. */
const ours = (name: string): boolean => name !== 'open';

const morphAttributes = (old: Element, now: Element): void => {
  for (const { name } of [...old.attributes]) if (ours(name) && !now.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of now.attributes) {
    if (ours(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
};

const morphChildren = (old: Element, now: Element): void => {
  let here: ChildNode | null = old.firstChild;
  for (const wanted of [...now.childNodes]) {
    const named = wanted instanceof Element && wanted.id !== '' ? old.ownerDocument.getElementById(wanted.id) : null;
    if (named !== null && named.parentNode === old) {
      // Rows that stand where they stood are not moved: moving takes the focus away.
      if (named === here) here = here.nextSibling;
      else old.insertBefore(named, here);
      morph(named, wanted as Element);
    } else if (here !== null && alike(here, wanted)) {
      const next: ChildNode | null = here.nextSibling;
      if (wanted instanceof Element) morph(here as ChildNode & Element, wanted);
      else if (here.nodeValue !== wanted.nodeValue) here.nodeValue = wanted.nodeValue;
      here = next;
    } else {
      old.insertBefore(old.ownerDocument.importNode(wanted, true), here);
    }
  }
  while (here !== null) {
    const next: ChildNode | null = here.nextSibling;
    here.remove();
    here = next;
  }
};

/**
 * Makes an element of the page what it is in a newer one, and leaves every node alone that stays: focus, selection,
 * scrolling and what was unfolded stay with them.
 */
export const morph = (old: Element, now: Element): void => {
  if (now.hasAttribute('data-same') || old.hasAttribute('data-keep') || old.isEqualNode(now)) return;
  morphAttributes(old, now);
  morphChildren(old, now);
};

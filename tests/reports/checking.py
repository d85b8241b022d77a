"""Reading a page the way a browser does: do its elements nest, and what do they say."""

import re
from html.parser import HTMLParser

VOID = {"meta", "br", "wbr", "hr", "img", "input", "link"}
SELF_CLOSING = {"path", "rect", "line", "circle"}


class Element:
    def __init__(self, tag, attributes, parent):
        self.tag, self.attributes, self.parent = tag, dict(attributes), parent
        self.children, self.own_text = [], []

    def all(self, tag):
        """The elements below of that tag, in order."""
        for child in self.children:
            if child.tag == tag:
                yield child
            yield from child.all(tag)

    @property
    def text(self):
        return "".join(one if isinstance(one, str) else one.text for one in self.own_text)


class Page(HTMLParser):
    """A page as a tree; reading one whose elements do not nest raises."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.root = self._at = Element("", [], None)
        self.ids = []
        self.feed(html)
        self.close()
        if self._at is not self.root:
            raise ValueError(f"<{self._at.tag}> is never closed")

    def handle_starttag(self, tag, attributes):
        self._add(tag, attributes)
        if tag in SELF_CLOSING:
            raise ValueError(f"<{tag}> is not closed")
        if tag not in VOID:
            self._at = self._at.children[-1]

    def handle_startendtag(self, tag, attributes):
        self._add(tag, attributes)

    def handle_endtag(self, tag):
        if self._at.tag != tag:
            raise ValueError(f"</{tag}> closes <{self._at.tag}>")
        self._at = self._at.parent

    def handle_data(self, data):
        self._at.own_text.append(data)

    def all(self, tag):
        return list(self.root.all(tag))

    def _add(self, tag, attributes):
        if len({name for name, _ in attributes}) != len(attributes):
            raise ValueError(f"<{tag}> has an attribute twice")
        element = Element(tag, attributes, self._at)
        self._at.children.append(element)
        self._at.own_text.append(element)
        self.ids += [value for name, value in attributes if name == "id"]


def contrast(one, other):
    """The contrast of two colours such as `#1a2b3c`, as WCAG 2 has it."""
    darker, lighter = sorted([_luminance(one), _luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def colours(css):
    """The custom properties in a block of a style sheet."""
    return dict(re.findall(r"--([a-z0-9]+):(#[0-9a-f]{6})", css))


def _luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
